using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Saves.Restoring;

/// <summary>An archive that can be read, and what of it lies in no schema.</summary>
/// <param name="Path">Its file, or its directory.</param>
public sealed record RestoreArchive(string Path, SavedArchive Saved, ClientPrograms Programs)
{
    /// <summary>By name, the schemas that it holds: how they were made, and whose they were.</summary>
    public IReadOnlyDictionary<string, SchemaFrame> Schemas { get; init; } = new Dictionary<string, SchemaFrame>();

    /// <summary>How the database was made; nothing where the archive does not say.</summary>
    public DatabaseFrame Database { get; init; } = new("", []);
}

/// <summary>What belongs to a schema itself, as statements.</summary>
/// <param name="Owner">Null where it is not said: then it is whoever restores.</param>
/// <param name="Rest">Comment, grants, labels: in their order.</param>
public sealed record SchemaFrame(string Create, string? Owner, IReadOnlyList<string> Rest);

/// <summary>What belongs to a database itself.</summary>
/// <param name="Options">What follows its name in CREATE DATABASE.</param>
/// <param name="Properties">Owner, comment, grants, settings: statements in two parts, between which its name goes.</param>
public sealed record DatabaseFrame(string Options, IReadOnlyList<(string Before, string After)> Properties)
{
    /// <summary>pg_dump 15 and later name the provider of the locale also where the server is older and knows but one.</summary>
    public string OptionsFor(Version server) =>
        server.Major >= 15 ? Options : Options.Replace(" LOCALE_PROVIDER = libc", "", StringComparison.Ordinal);
}

/// <summary>One target to be restored.</summary>
/// <param name="Sharing">Other targets in the same schema: they are replaced with it.</param>
public sealed record RestoreTask(Target Target, SavedTarget Saved, RestoreArchive Archive, IReadOnlyList<SavedTarget> Sharing)
{
    public bool IsWholeDatabase => Saved.WholeDatabase;

    public override string ToString() => string.Join(" and ", Sharing.Select(other => $"{other}").Prepend($"{Target}"));
}
