using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Archives;

/// <summary>An archive that can be read, and what of it lies in no schema.</summary>
/// <param name="Path">Its file, or its directory.</param>
public sealed record RestoreArchive(string Path, SavedArchive Saved, ClientPrograms Programs)
{
    /// <summary>By name, the schemas that it holds: how they were made, and whose they were.</summary>
    public IReadOnlyDictionary<string, SchemaFrame> Schemas { get; init; } = new Dictionary<string, SchemaFrame>();

    /// <summary>Of which database it is, by its own words; null where it does not say.</summary>
    public string? DatabaseName { get; init; }

    /// <summary>How the database was made; nothing where the archive does not say.</summary>
    public DatabaseFrame Database { get; init; } = new("", []);

    /// <summary>What was saved, to compare with; null where an older program has saved it.</summary>
    public Inventory? Inventory { get; init; }
}

/// <summary>What belongs to a schema itself, as statements.</summary>
/// <param name="Owner">Null where it is not said: then it is whoever restores.</param>
/// <param name="Rest">Comment, grants, labels: in their order.</param>
public sealed record SchemaFrame(string Create, string? Owner, IReadOnlyList<string> Rest);

/// <summary>What belongs to a database itself.</summary>
/// <param name="Options">What follows its name in CREATE DATABASE.</param>
/// <param name="Properties">Owner, comment, grants, settings, whether it is a template.</param>
public sealed record DatabaseFrame(string Options, IReadOnlyList<DatabaseProperty> Properties)
{
    /// <summary>All that is said to make a database of that name.</summary>
    public IReadOnlyList<string> Statements(string database, Version server) =>
        [OptionsFor(server), .. Properties.Select(property => $"{property.Before}{PostgresName.Quote(database)}{property.After}")];

    /// <summary>pg_dump 15 and later name the provider of the locale also where the server is older and knows but one.</summary>
    public string OptionsFor(Version server) =>
        server.Major >= 15 ? Options : Options.Replace(" LOCALE_PROVIDER = libc", "", StringComparison.Ordinal);
}

/// <summary>A statement in two parts, between which the database's name goes.</summary>
/// <param name="Encoding">As of <see cref="DumpStatement"/>.</param>
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

/// <summary>One target to be restored.</summary>
/// <param name="Sharing">Other targets in the same schema: they are replaced with it.</param>
public sealed record RestoreTask(Target Target, SavedTarget Saved, RestoreArchive Archive, IReadOnlyList<SavedTarget> Sharing)
{
    public bool IsWholeDatabase => Saved.WholeDatabase;

    /// <summary>Tasks of one database that are one transaction, this one among them; nothing where it is one by itself.</summary>
    public IReadOnlyList<RestoreTask> Together { get; init; } = [];

    /// <summary>The next stage waits for all tasks of this one.</summary>
    public int Stage { get; init; }

    /// <summary>Schemas of its database that it rests on, as far as the save knows.</summary>
    public IEnumerable<string> RestsOn => Sharing.Prepend(Saved).SelectMany(saved => saved.RestsOn);

    public override string ToString() => string.Join(" and ", Sharing.Select(other => $"{other}").Prepend($"{Target}"));
}
