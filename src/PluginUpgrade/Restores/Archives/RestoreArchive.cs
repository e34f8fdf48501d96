using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Archives;

/// <summary>An archive that can be read, with those of its parts that are in no schema.</summary>
/// <param name="Path">Its file, or its directory.</param>
public sealed record RestoreArchive(string Path, SavedArchive Saved, ClientPrograms Programs)
{
    /// <summary>The archive's schemas by name: how they were created, and who owned them.</summary>
    public IReadOnlyDictionary<string, SchemaFrame> Schemas { get; init; } = new Dictionary<string, SchemaFrame>();

    /// <summary>The database that the archive says it is from; null if it does not say.</summary>
    public string? DatabaseName { get; init; }

    /// <summary>How the database was created; empty if the archive does not say.</summary>
    public DatabaseFrame Database { get; init; } = new("", []);

    /// <summary>What was saved, to compare the result with; null if an older version made the save.</summary>
    public Inventory? Inventory { get; init; }
}

/// <summary>The statements that concern a schema itself.</summary>
/// <param name="Owner">Null if unknown: then the role that restores becomes the owner.</param>
/// <param name="Rest">Comment, grants and labels, in their order.</param>
public sealed record SchemaFrame(string Create, string? Owner, IReadOnlyList<string> Rest);

/// <summary>What concerns a database itself.</summary>
/// <param name="Options">What follows its name in CREATE DATABASE.</param>
/// <param name="Properties">Owner, comment, grants, settings, whether it is a template.</param>
public sealed record DatabaseFrame(string Options, IReadOnlyList<DatabaseProperty> Properties)
{
    /// <summary>The options and the statements that create a database of that name.</summary>
    public IReadOnlyList<string> Statements(string database, Version server) =>
        [OptionsFor(server), .. Properties.Select(property => $"{property.Before}{PostgresName.Quote(database)}{property.After}")];

    /// <summary>pg_dump 15 and later name the locale's provider, also for older servers, which do not know that clause.</summary>
    public string OptionsFor(Version server) =>
        server.Major >= 15 ? Options : Options.Replace(" LOCALE_PROVIDER = libc", "", StringComparison.Ordinal);
}

/// <summary>A statement in two parts; the database's name goes between them.</summary>
/// <param name="Encoding">See <see cref="DumpStatement"/>.</param>
public sealed record DatabaseProperty(string Before, string After, string? Encoding)
{
    public string Sql(string database)
    {
        var name = PostgresName.Quote(database);
        return Encoding is null ? $"{Before}{name}{After}" : "DO $krang$BEGIN EXECUTE " + string.Join(" || ",
            DumpStatement.ExpressionOf(Before, Encoding), DumpStatement.ExpressionOf(name, null),
            DumpStatement.ExpressionOf(After, Encoding)) + "; END$krang$";
    }
}

/// <summary>One target to restore.</summary>
/// <param name="Sharing">Other targets in the same schema: they are replaced together with it.</param>
public sealed record RestoreTask(Target Target, SavedTarget Saved, RestoreArchive Archive, IReadOnlyList<SavedTarget> Sharing)
{
    public bool IsWholeDatabase => Saved.WholeDatabase;

    /// <summary>The tasks of one database that share a transaction, this one included; empty if it has a transaction of its own.</summary>
    public IReadOnlyList<RestoreTask> Together { get; init; } = [];

    /// <summary>The next stage waits for all tasks of this one.</summary>
    public int Stage { get; init; }

    /// <summary>Schemas of its database that it depends on, as far as the save records them.</summary>
    public IEnumerable<string> RestsOn => Sharing.Prepend(Saved).SelectMany(saved => saved.RestsOn);

    public override string ToString() => string.Join(" and ", Sharing.Select(other => $"{other}").Prepend($"{Target}"));
}
