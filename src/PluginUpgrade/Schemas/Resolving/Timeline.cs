using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <summary>Goes through all versions of a schema, oldest first, and finds out what each of them changes.</summary>
internal static class Timeline
{
    /// <returns>Oldest first; versions without changes are left out.</returns>
    public static IReadOnlyList<SchemaSlice> Slices(DeclaredItems items, bool isComplete, Mistakes mistakes)
    {
        var schema = new LiveSchema(items, isComplete);
        var slices = Versions(items).Select(version => Go(new Moment(schema, version, mistakes))).ToList();
        return [.. slices.Where(slice => slice.Changes.Count > 0)];
    }

    /// <summary>Every version that the items name. One spelling of each is shown: that which is written first.</summary>
    private static IEnumerable<UpgradeVersion> Versions(DeclaredItems items)
    {
        IEnumerable<Item> all =
        [
            .. items.Tables, .. items.Enums,
            .. items.Tables.SelectMany(table => table.Contents),
        ];
        return all.SelectMany(item => item.Life.Till is { } till ? (UpgradeVersion[])[item.Life.Since, till] : [item.Life.Since])
            .Concat(Changes(items)).Distinct().Order();
    }

    /// <summary>The versions at which something changes that exists already.</summary>
    public static IEnumerable<UpgradeVersion> Changes(DeclaredItems items) => items.Tables
        .SelectMany(table => table.Columns).SelectMany(column => column.Later).Select(change => change.Version)
        .Concat(items.Enums.SelectMany(type => type.Later).Select(later => later.Version));

    private static SchemaSlice Go(Moment moment)
    {
        var schema = moment.Schema;
        foreach (var table in schema.Tables) table.Before = table.Name;
        EnumSteps.Begin(moment);
        TableSteps.Rename(moment);
        foreach (var table in schema.Tables) ColumnRenames.Apply(moment, table);
        TableSteps.Create(moment);
        foreach (var table in schema.Tables) ColumnSteps.Change(moment, table);
        foreach (var table in schema.Tables) ColumnSteps.Add(moment, table);
        foreach (var table in schema.Tables) PartContinuation.Apply(moment, table);
        foreach (var table in schema.Tables) PartSteps.Begin(moment, table);
        foreach (var table in schema.Tables) ForeignKeySteps.Begin(moment, table);
        foreach (var table in schema.Tables.ToList()) PartSteps.End(moment, table);
        foreach (var table in schema.Tables) ColumnSteps.Drop(moment, table);
        TableSteps.Drop(moment);
        EnumSteps.End(moment);
        Settle(schema);
        return moment.Slice;
    }

    private static void Settle(LiveSchema schema)
    {
        foreach (var table in schema.Tables)
        {
            table.RenamedFrom = null;
            table.Beginning.Clear();
            foreach (var column in table.Columns) column.RenamedFrom = null;
            foreach (var part in table.Parts) part.IsNew = false;
        }
    }
}
