using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

internal static class ForeignKeySteps
{
    public static void Begin(Moment moment, LiveTable table)
    {
        foreach (var item in table.Beginning.OfType<ForeignKeyItem>())
        {
            if (moment.Columns(table, item.Declared.Columns.Names, item.Place) is not { } columns) continue;
            var target = moment.Schema.Table(item.Declared.Table);
            if (target is null && !MayBeUndeclared(moment, item)) continue;
            var name = item.Declared.Name ?? ObjectName.Of(table.Name, item.Declared.Columns.Names, "fkey");
            if (!PartSteps.TakeConstraint(moment, table, name, item, "Give it another name.")) continue;
            if (target is null) Add(moment, table, new LiveForeignKey(name, item, columns, null, null, null));
            else if (Referenced(moment, target, item, columns.Count) is { } key)
                Add(moment, table, new LiveForeignKey(name, item, columns, target, key.To, key.Key));
        }
    }

    private static bool MayBeUndeclared(Moment moment, ForeignKeyItem item)
    {
        var name = item.Declared.Table;
        if (moment.Schema.BrokenTables.Contains(name)) return false;
        var declared = moment.Schema.TableItems.Where(table => table.Name == name).ToList();
        if (declared.Find(table => table.Life.Since > moment.Version) is { } later)
            moment.Mistake("KU-2109", item.Place, $"it refers to {name} at {moment.Version}, which begins only at {later.Life.Since}.",
                $"Write since: \"{later.Life.Since}\" or a later version.");
        else if (declared.Count > 0)
            moment.Mistake("KU-2109", item.Place, $"it refers to {name} at {moment.Version}, which has ended at {declared[^1].Life.Till}.",
                moment.Schema.Tables.Find(table => table.RenamedFrom?.Name == name) is { } renamed
                    ? $"Write \"{renamed.Name}\": the table is renamed." : "Refer to another table, or remove it.");
        else if (moment.Schema.IsComplete)
            moment.Mistake("KU-2109", item.Place, $"it refers to {name}, which is not declared, but the declaration is Complete.",
                NearestWord.Of(name, moment.Schema.Tables.Select(table => table.Name)) is { } near
                    ? $"Did you mean {near}?" : "Declare the table.");
        else return true;
        return false;
    }

    /// <returns>The columns that it refers to, and the key that makes them unique; null where there is none.</returns>
    private static (IReadOnlyList<LiveColumn> To, LivePart Key)? Referenced(Moment moment, LiveTable target, ForeignKeyItem item, int count)
    {
        if (target.Item.EndsAt(moment.Version))
        {
            moment.Mistake("KU-2109", item.Place, $"it refers to {target.Name} at {moment.Version}, which ends then.", "Remove it.");
            return null;
        }
        var lasting = target.Parts.Where(part => !part.Item.EndsAt(moment.Version)).ToList();
        if (item.Declared.To is not { } to)
        {
            if (lasting.OfType<LiveKey>().FirstOrDefault(key => key.IsPrimary) is { } primary && primary.Columns.Count == count)
                return (primary.Columns, primary);
            if (target.Item.Broken.Count == 0)
                moment.Mistake("KU-2113", item.Place,
                    $"it has {count} column{(count > 1 ? "s" : "")}, and {target.Name} has no primary key of as many "
                    + $"at {moment.Version}.", "Name the columns that it refers to, or declare that primary key.");
            return null;
        }
        if (moment.Columns(target, to.Names, item.Place) is not { } columns) return null;
        if (lasting.Find(part => UniqueColumns(part)?.ToHashSet().SetEquals(columns) == true) is { } found) return (columns, found);
        if (target.Item.Broken.Count == 0)
            moment.Mistake("KU-2113", item.Place,
                $"it refers to {target.Name} ({to}), which is neither its primary key nor unique at {moment.Version}.",
                $"Declare {target.Name}.Unique(\"{to}\"), or refer to its primary key.");
        return null;
    }

    private static IReadOnlyList<LiveColumn>? UniqueColumns(LivePart part) => part switch
    {
        LiveKey key => key.Columns,
        LiveIndex index => index.Unique,
        _ => null,
    };

    private static void Add(Moment moment, LiveTable table, LiveForeignKey key)
    {
        table.Parts.Add(key);
        var declared = ((ForeignKeyItem)key.Item).Declared;
        var to = key.To?.Select(column => column.Name).ToList() ?? declared.To?.Names;
        var definition = new ForeignKeyDefinition(key.Name, [.. key.Columns.Select(column => column.Name)], declared.Table, to)
        {
            OnDelete = ((ForeignKeyItem)key.Item).OnDelete,
            OnUpdate = ((ForeignKeyItem)key.Item).OnUpdate,
            IsDeferrable = declared.IsDeferrable,
            IsDeferred = declared.IsDeferred,
        };
        var change = new AddForeignKey(table.On, definition, AfterModule: key is { Key.IsNew: true, Target.IsNew: false });
        moment.Add(change.AfterModule ? Part.AddForeignKeyAfterModule : Part.AddForeignKey, change);
        if (change.IsValidatedLater)
            moment.Add(change.AfterModule ? Part.ValidateAfterKeys : Part.Validate, new ValidateConstraint(table.On, key.Name));
    }

    /// <summary>One of a table that ends is dropped with it, unless the table or the key that it refers to goes first.</summary>
    public static void End(Moment moment, LiveTable table, LiveForeignKey key, bool tableEnds)
    {
        var isInTheWay = key.Key is LiveKey primary && moment.Replaced.Contains(primary);
        var goesFirst = key.Target is not null && key.Target != table && key.Target.Item.EndsAt(moment.Version)
            || key.Key?.Item.EndsAt(moment.Version) == true && key.Target != table;
        if (tableEnds && !goesFirst && !isInTheWay) return;
        moment.Add(isInTheWay ? Part.DropForeignKeyBeforeKeys : Part.DropForeignKey, new DropConstraint(table.On, key.Name, isInTheWay));
        if (tableEnds) table.Parts.Remove(key);
    }

    /// <summary>What still refers to a key or an index that ends.</summary>
    public static void FindUsers(Moment moment, LiveTable table, LivePart part, bool tableEnds)
    {
        foreach (var other in moment.Schema.Tables.Where(other => !other.Item.EndsAt(moment.Version)))
            foreach (var key in other.ForeignKeys.Where(key => key.Key == part && !key.Item.EndsAt(moment.Version)))
                moment.Mistake("KU-2110", tableEnds ? table.Item.Place : part.Item.Place,
                    $"{(tableEnds ? $"table {table.Name}" : $"{part.Kind} {part.Name}")} ends at {moment.Version}, but "
                    + $"foreign key {key.Name} of {other.Name} refers to it and does not end.",
                    $"Write till: \"{moment.Version}\" at that foreign key, or let {(tableEnds ? table.Name : part.Name)} live longer.");
    }
}
