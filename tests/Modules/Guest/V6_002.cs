using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Resources;
using Npgsql;
using PluginUpgrade;

namespace Guest;

/// <summary>Writes down what it finds around it: its folder, its own types by name, cultures, in its constructor, check and step.</summary>
[UpgradeModule("6.002")]
public sealed class V6_002 : IUpgradeModule
{
    private readonly string _constructed = Around();

    private string _checked = "";

    public Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        _checked = Around();
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync("CREATE TABLE told (what text, value text)", cancellationToken);
        await TellAsync("constructor", _constructed);
        await TellAsync("check", _checked);
        await TellAsync("step", Around());
        await TellAsync("culture", $"{CultureInfo.CurrentCulture.Name} {CultureInfo.CurrentUICulture.Name} {1.5:0.0}");
#pragma warning disable CA1304 // The machine's culture is what is asked for.
        await TellAsync("cat", new ResourceManager("Guest.Texts", typeof(V6_002).Assembly).GetString("Cat")!);
#pragma warning restore CA1304
        await TellAsync("words", await File.ReadAllTextAsync(Path.Combine(instance.ModuleFolder, "words.txt"), cancellationToken));
        var isThere = Path.GetDirectoryName(typeof(V6_002).Assembly.Location) == instance.ModuleFolder;
        await TellAsync("location", isThere ? "folder" : "elsewhere");
        await Task.Run(async () => await TellAsync("thread", CultureInfo.CurrentCulture.Name), cancellationToken);

        async Task TellAsync(string what, string value)
        {
            await using var tell = new NpgsqlCommand("INSERT INTO told VALUES ($1, $2)", instance.Connection)
            {
                Parameters = { new() { Value = what }, new() { Value = value } },
            };
            await tell.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static string Around()
    {
        var byName = Type.GetType("Guest.Size, Guest") == typeof(Size) && Assembly.Load("Guest") == typeof(Size).Assembly;
        var converted = TypeDescriptor.GetConverter(typeof(Size)).ConvertFromInvariantString("7");
        return $"{(byName ? "found" : "not found")} {(converted as Size)?.Value}";
    }
}

[TypeConverter("Guest.SizeConverter, Guest")]
public sealed record Size(int Value);

public sealed class SizeConverter : TypeConverter
{
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        new Size(int.Parse((string)value, CultureInfo.InvariantCulture));
}

/// <summary>Asks for a culture by its name.</summary>
[UpgradeModule("6.003")]
public sealed class V6_003 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        var spanish = new CultureInfo("es");
        var text = new ResourceManager("Guest.Texts", typeof(V6_003).Assembly).GetString("Cat", spanish);
        return instance.ExecuteAsync($"CREATE TABLE told AS SELECT '{text} {spanish.DisplayName}' AS value", cancellationToken);
    }
}

/// <summary>Reports and logs without an end, then fails.</summary>
[UpgradeModule("6.004")]
public sealed class V6_004 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        for (var i = 1; i <= 5_000_000; i++) instance.Report(i, 5_000_000);
        throw new InvalidOperationException("failed after all that");
    }
}

/// <summary>Maps a type for the whole process, as older programs do; the step after it reads one.</summary>
[UpgradeModule("6.005")]
public sealed class V6_005 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
#pragma warning disable CS0618 // Obsolete for long, and still to be met.
        NpgsqlConnection.GlobalTypeMapper.MapEnum<V6_001.Mood>($"{instance.Schema}.mood");
#pragma warning restore CS0618
        await instance.ExecuteAsync(
            "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE moods AS SELECT 'sad'::mood AS mood", cancellationToken);
    }
}

[UpgradeModule("6.006")]
public sealed class V6_006 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await using var other = await instance.OpenConnectionAsync(cancellationToken);
        foreach (var connection in new[] { instance.Connection, other })
        {
            await using var read = new NpgsqlCommand("SELECT mood FROM moods", connection);
            var mood = await read.ExecuteScalarAsync(cancellationToken);
            if (mood is not string) throw new InvalidOperationException($"Read as {mood?.GetType()}");
        }
    }
}
