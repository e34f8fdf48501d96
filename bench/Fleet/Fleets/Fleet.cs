using Npgsql;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Fleets;

/// <summary>What is upgraded: so many databases, or so many schemas of one.</summary>
/// <param name="Work">A directory for what contenders need: settings, modules, scripts.</param>
internal abstract record Fleet(Server Server, string Work, int Count)
{
    /// <summary>Makes all targets anew, empty.</summary>
    public abstract Task ResetAsync();

    /// <summary>The databases of the targets.</summary>
    public abstract IReadOnlyList<string> Databases { get; }

    /// <summary>Where the host's own installation lies: its part of the settings.</summary>
    public abstract object Installation { get; }

    /// <summary>The settings that name the instances: key and value.</summary>
    public abstract (string Key, object Value) Instances { get; }

    /// <summary>How many targets the proof holds for.</summary>
    protected abstract Task<long> CountAsync(Proof proof);

    /// <summary>The first target's tables, as the server describes them.</summary>
    public abstract Task<string> ShapeAsync();

    /// <exception cref="InvalidOperationException">The contender did not do what it was to do: then its time says nothing.</exception>
    public async Task DemandAsync(Rival rival)
    {
        long proven;
        try
        {
            proven = await CountAsync(rival.Proof);
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException($"{rival.Program.Name} left something out: {e.MessageText}", e);
        }
        if (proven != Count)
            throw new InvalidOperationException($"{rival.Program.Name} upgraded {proven} of {Count} targets. Asked: {rival.Proof.In("…")}");
    }

    public string File(string name, string text)
    {
        var path = Path.Combine(Directory.CreateDirectory(Work).FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
