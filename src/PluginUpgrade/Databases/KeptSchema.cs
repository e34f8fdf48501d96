namespace PluginUpgrade.Databases;

/// <summary>What lies beside a live schema, as its name says.</summary>
public enum KeptPlace
{
    Next,
    Before,
    Failed,
}

/// <summary>A schema beside a live one: kept after a side-by-side upgrade, or an unfinished build.</summary>
/// <param name="Note">What krang-upgrade wrote into its comment; null if it wrote nothing.</param>
public sealed record KeptSchema(string Name, KeptNote? Note)
{
    public required KeptPlace Place { get; init; }

    public required long Oid { get; init; }

    /// <summary>Whether it holds a journal.</summary>
    public bool HasJournal { get; init; }

    /// <summary>The size of its tables with their indexes; null if it was not asked for, or could not be read.</summary>
    public long? Bytes { get; init; }

    /// <summary>Whether krang-upgrade made it. A build has no note before it ends; it is known by its journal.</summary>
    public bool IsOurs => Note is not null || Place == KeptPlace.Next && HasJournal;

    /// <summary>The place of a name beside the live one; null if it has another name.</summary>
    public static KeptPlace? PlaceOf(string name, string live) =>
        name == BesideNames.Next(live) ? KeptPlace.Next
        : name == BesideNames.Before(live) ? KeptPlace.Before
        : name == BesideNames.Failed(live) ? KeptPlace.Failed
        : null;
}
