using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <summary>
/// Columns that go on under another name, or in a table with another name. They begin as they were: what changes at the same version is
/// declared as a change at this version, so that nothing is lost because it was forgotten.
/// </summary>
internal static class ColumnRenames
{
    public static void Apply(Moment moment, LiveTable table)
    {
        var beginning = table.Item.Columns.Where(item => item.BeginsAt(moment.Version)).ToList();
        var renames = beginning.Where(item => item.Declared.RenamedFrom is not null)
            .Select(item => (Item: item, Column: Old(moment, table, item))).ToList();
        foreach (var (item, _) in renames.Where(rename => rename.Column is null)) table.Item.Broken.Add(item.Name);
        var (ordered, impossible) = Renames.Order(renames.Where(rename => rename.Column is not null),
            rename => rename.Column!.Name, rename => rename.Item.Name, table.Columns.Select(column => column.Name));
        foreach (var (item, _) in impossible) Taken(moment, table, item);
        if (table.RenamedFrom is not null)
            foreach (var item in beginning.Where(item => item.Declared.RenamedFrom is null))
                if (table.Column(item.Name) is { } same) GoOn(moment, table, same, item);
        foreach (var (item, column) in ordered)
        {
            moment.Add(Part.Rename, new RenameColumn(table.On, column!.Name, item.Name));
            column.Name = item.Name;
            GoOn(moment, table, column, item);
        }
        if (table.RenamedFrom is not null) FindForgotten(moment, table);
    }

    private static void Taken(Moment moment, LiveTable table, ColumnItem item)
    {
        moment.Mistake("KU-2107", item.Place, $"the name is still taken by another column when it is renamed at {moment.Version}.",
            "Choose another name, or rename in two versions.");
        table.Item.Broken.Add(item.Name);
    }

    private static LiveColumn? Old(Moment moment, LiveTable table, ColumnItem item)
    {
        var name = item.Declared.RenamedFrom!;
        if (table.Item.Broken.Contains(name) || table.RenamedFrom?.Broken.Contains(name) == true) return null;
        var column = table.Column(name);
        if (column is null)
            moment.Mistake("KU-2107", item.Place,
                $"it is renamed from {name} at {moment.Version}, but {table.Name} has no column of that name then.",
                NearestWord.Of(name, table.Columns.Select(one => one.Name)) is { } near
                    ? $"Did you mean {near}?" : $"Declare {name} with till: \"{moment.Version}\", or remove RenamedFrom.");
        else if (!column.Item.EndsAt(moment.Version))
            moment.Mistake("KU-2107", item.Place, $"it is renamed from {name}, which does not end at {moment.Version}.",
                $"Write till: \"{moment.Version}\" at {name}.");
        else if (table.Item.Columns.First(other => other.BeginsAt(moment.Version) && other.Declared.RenamedFrom == name) != item)
            moment.Mistake("KU-2107", item.Place,
                $"another column is renamed from {name} at {moment.Version} too.", "Remove one RenamedFrom.");
        else return column;
        return null;
    }

    private static void GoOn(Moment moment, LiveTable table, LiveColumn column, ColumnItem item)
    {
        var old = column.Item;
        if (old.Life is { OwnTill: true } && item.Declared.RenamedFrom is null)
            moment.Mistake("KU-2106", item.Place,
                $"it ends at {moment.Version} in {old.Place.Table}, and {table.Name} has it from then on.",
                "Remove one of the two: till, or the column.");
        foreach (var (what, before, now, remedy) in Differences(column, item, moment.Version))
            moment.Mistake("KU-2112", item.Place,
                $"{what} is {now ?? "none"}, but {old.Place.Table}.{old.Name}, which it is from {moment.Version} on, "
                + $"has {before ?? "none"}.", remedy);
        if (column.Comment != item.Declared.Comment)
            moment.Add(Part.Comment, new CommentOn(table.On, column.Name, item.Declared.Comment));
        (column.RenamedFrom, column.Item, column.Comment) = (old, item, item.Declared.Comment);
    }

    private static IEnumerable<(string What, string? Before, string? Now, string Remedy)> Differences(
        LiveColumn column, ColumnItem item, UpgradeVersion version)
    {
        var declared = item.Declared;
        if (!string.Equals(SqlText.Normal(column.Type.Text), SqlText.Normal(declared.Type), StringComparison.OrdinalIgnoreCase))
            yield return ("its type", column.Type.Text, declared.Type,
                $"Declare it as {column.Type}, and write column.Type(\"{declared.Type}\", since: \"{version}\").");
        if (column.NotNull != item.NotNull)
            yield return ("its NOT NULL", column.NotNull ? "it" : null, item.NotNull ? "set" : null, column.NotNull
                ? $"Write column.NotNull(), and column.Null(since: \"{version}\") if it may have nulls from then on."
                : $"Write column.NotNull(since: \"{version}\").");
        if (SqlText.Normal(column.Default) != SqlText.Normal(item.Default))
            yield return ("its default", column.Default, item.Default,
                column.Default is null ? $"Write column.Default(\"{item.Default}\", since: \"{version}\")."
                : $"Write column.Default(\"{column.Default}\"), and the change with since: \"{version}\".");
        if (column.Item.Identity != item.Identity)
            yield return ("its numbering", column.Item.Identity, item.Identity,
                "Declare it as it was: GeneratedAlways or GeneratedByDefault.");
        if (SqlText.Normal(column.Item.Declared.Collation) != SqlText.Normal(declared.Collation))
            yield return ("its collation", column.Item.Declared.Collation, declared.Collation, "Declare it as it was: Collate.");
        if ((column.Item.Declared.Generated is null) != (declared.Generated is null))
            yield return ("its expression", column.Item.Declared.Generated, declared.Generated, "Declare it as it was: Generated.");
    }

    private static void FindForgotten(Moment moment, LiveTable table)
    {
        foreach (var column in table.Columns.Where(column => column.RenamedFrom is null && !column.Item.Life.OwnTill).ToList())
        {
            if (!table.Item.Broken.Contains(column.Name))
                moment.Mistake("KU-2112", column.Item.Place, $"{table.RenamedFrom!.Name} is {table.Name} from {moment.Version} on, "
                    + $"where {column.Name} is not declared.",
                    $"Declare it in {table.Name} too, or remove it: till: \"{moment.Version}\".");
            table.Item.Broken.Add(column.Name);
            table.Columns.Remove(column);
        }
    }
}
