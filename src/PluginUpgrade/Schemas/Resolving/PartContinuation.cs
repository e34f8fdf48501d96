using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <summary>
/// Keys, checks, foreign keys and indexes that go on because their table or column is only renamed: what ends in the one declaration and
/// begins in the other is the same thing. The names in the database stay.
/// </summary>
internal static class PartContinuation
{
    public static void Apply(Moment moment, LiveTable table)
    {
        if (table.IsNew) return;
        var item = table.Item;
        table.Beginning.AddRange(((IEnumerable<PartItem>)[.. item.Keys, .. item.Checks, .. item.ForeignKeys, .. item.Indexes])
            .Where(part => part.BeginsAt(moment.Version)));
        foreach (var part in table.Parts.Where(part => part.Item.EndsAt(moment.Version)).ToList())
            if (table.Beginning.Find(next => IsSame(moment, table, part, next)) is { } same)
            {
                table.Beginning.Remove(same);
                GoOn(moment, table, part, same);
            }
            else if (IsForgotten(table, part)) Forget(moment, table, part);
        foreach (var index in table.Beginning.OfType<IndexItem>().Where(index => index.Declared.RenamedFrom is not null).ToList())
        {
            table.Beginning.Remove(index);
            NoSuchIndex(moment, table, index);
        }
    }

    private static bool IsSame(Moment moment, LiveTable table, LivePart part, PartItem next)
    {
        if (next is IndexItem { Declared.RenamedFrom: { } old }) return part is LiveIndex && part.Name == old;
        if (part.Item.Life.OwnTill || next.Life.OwnSince && table.RenamedFrom is null) return false;
        return (part, next) switch
        {
            (LiveKey key, KeyItem item) => key.IsPrimary == item.IsPrimary && HasColumns(table, key.Columns, item.Columns)
                && (item.Name is null || item.Name == key.Name),
            (LiveCheck check, CheckItem item) => item.Name is not null ? item.Name == check.Name
                : item.Number == ((CheckItem)check.Item).Number && table.Column(item.OfColumn!)?.RenamedFrom?.Name == check.Item.OfColumn,
            (LiveForeignKey key, ForeignKeyItem item) => HasColumns(table, key.Columns, item.Declared.Columns.Names)
                && Target(moment, item.Declared.Table) == key.Target
                && (item.Declared.To is not { } to || key.Target is null || key.To is null || HasColumns(key.Target, key.To, to.Names)),
            (LiveIndex index, IndexItem item) => item.Name == index.Name,
            _ => false,
        };
    }

    /// <summary>Also by the name that it had until this version: that is another mistake.</summary>
    private static LiveTable? Target(Moment moment, string name) =>
        moment.Schema.Table(name) ?? moment.Schema.Tables.Find(table => table.RenamedFrom?.Name == name);

    private static bool HasColumns(LiveTable table, IReadOnlyList<LiveColumn> columns, IReadOnlyList<string> names) =>
        names.Select(table.Column).SequenceEqual(columns);

    private static void GoOn(Moment moment, LiveTable table, LivePart part, PartItem next)
    {
        if (Text(part.Item) is { } before && Text(next) is { } now
            && SqlText.Renamed(before, part.ColumnNames) != SqlText.Renamed(now, NoNames))
            moment.Mistake("KU-2112", next.Place,
                $"{part.Kind} {part.Name} is not what it is in {part.Item.Place.Table}, from which it goes on.",
                "Declare it as it was, with the new names; or end the old one at an earlier version, and begin another with another name.");
        if (next is IndexItem { Declared.RenamedFrom: not null } index) Rename(moment, table, part, index);
        if (next is ForeignKeyItem { Declared.Table: var name } && moment.Schema.Table(name) is null
            && ((LiveForeignKey)part).Target is { } target)
            moment.Mistake("KU-2109", next.Place,
                $"it refers to {name}, which is {target.Name} from {moment.Version} on.", $"Write \"{target.Name}\".");
        part.GoOn(next);
    }

    private static readonly Dictionary<string, string> NoNames = [];

    private static string? Text(PartItem item) => item switch
    {
        CheckItem check => check.Expression,
        IndexItem { Declared: var index } =>
            $"({index.Columns}) {index.Include} {index.Where} # {index.Method} {index.IsUnique} {index.NullsNotDistinct}",
        _ => null,
    };

    private static void Rename(Moment moment, LiveTable table, LivePart part, IndexItem index)
    {
        if (!NameIsFree(moment, index)) return;
        moment.Schema.Names.FreeRelation(part.Name);
        moment.Add(Part.Rename, new RenameIndex(table.On, part.Name, index.Name));
        part.Name = index.Name;
    }

    private static bool NameIsFree(Moment moment, IndexItem index)
    {
        if (moment.Schema.Names.TakeRelation(index.Name, $"index {index.Name}") is not { } other) return true;
        moment.Mistake("KU-2111", index.Place, $"at {moment.Version} the name is that of {other}.", "Choose another name.");
        return false;
    }

    private static void NoSuchIndex(Moment moment, LiveTable table, IndexItem index)
    {
        var old = index.Declared.RenamedFrom!;
        moment.Mistake("KU-2107", index.Place, table.Parts.OfType<LiveIndex>().Any(one => one.Name == old)
                ? $"it is renamed from {old}, which does not end at {moment.Version}, or is renamed twice."
                : $"it is renamed from {old} at {moment.Version}, but {table.Name} has no index of that name then.",
            $"Declare {old} with till: \"{moment.Version}\", or remove RenamedFrom.");
    }

    /// <summary>It ends only because the declaration of its column or table does, and that one goes on.</summary>
    private static bool IsForgotten(LiveTable table, LivePart part) => !part.Item.Life.OwnTill && (part.Item.OfColumn is { } column
        ? table.Columns.Exists(one => one.RenamedFrom?.Name == column) : table.RenamedFrom is not null);

    private static void Forget(Moment moment, LiveTable table, LivePart part)
    {
        var next = part.Item.OfColumn is { } column
            ? $"{table.Name}.{table.Columns.First(one => one.RenamedFrom?.Name == column).Name}" : table.Name;
        if (!part.Columns.Any(one => !table.Columns.Contains(one)))
            moment.Mistake("KU-2112", part.Item.Place,
                $"{part.Kind} {part.Name} is not declared for {next}, which it is from {moment.Version} on.",
                $"Declare it for {next} too; or, to remove it, declare it at the old table with till: \"{moment.Version}\".");
        table.Parts.Remove(part);
    }
}
