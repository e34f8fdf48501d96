using PluginUpgrade.Restores.Replacing;

namespace PluginUpgrade.Swaps;

/// <summary>Where the new data of a target is built: a schema beside its schema, or a database beside its database.</summary>
internal static class BesideTarget
{
    public static Target NextOf(Target live) => live.OwnDatabase
        ? In(live, BesideNames.Next(live.DatabaseName)) : live with { Schema = BesideNames.Next(live.Schema) };

    /// <summary>The same schema in another database of the server.</summary>
    public static Target In(Target live, string database) => live with
    {
        Database = ExistingDatabase.In(live, database),
        DatabaseName = database,
    };
}
