using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

internal static class TableSteps
{
    public static void Rename(Moment moment)
    {
        var renames = moment.Schema.TableItems
            .Where(item => item.BeginsAt(moment.Version) && item.Declared.RenamedFrom is not null)
            .Select(item => (Item: item, Table: Old(moment, item))).ToList();
        foreach (var (item, _) in renames.Where(rename => rename.Table is null)) moment.Schema.BrokenTables.Add(item.Name);
        var (ordered, impossible) = Renames.Order(renames.Where(rename => rename.Table is not null),
            rename => rename.Table!.Name, rename => rename.Item.Name, moment.Schema.Tables.Select(table => table.Name));
        foreach (var (item, _) in impossible)
        {
            moment.Mistake("KU-2107", item.Place, $"the name is still taken by another table when it is renamed at {moment.Version}.",
                "Choose another name, or rename in two versions.");
            moment.Schema.BrokenTables.Add(item.Name);
        }
        foreach (var (item, table) in ordered) Rename(moment, table!, item);
    }

    private static LiveTable? Old(Moment moment, TableItem item)
    {
        var name = item.Declared.RenamedFrom!;
        if (moment.Schema.BrokenTables.Contains(name)) return null;
        var table = moment.Schema.Table(name);
        if (table is null)
            moment.Mistake("KU-2107", item.Place, $"it is renamed from {name} at {moment.Version}, but no table of that name exists then.",
                NearestWord.Of(name, moment.Schema.Tables.Select(one => one.Name)) is { } near
                    ? $"Did you mean {near}?" : $"Declare {name} with till: \"{moment.Version}\", or remove RenamedFrom.");
        else if (!table.Item.EndsAt(moment.Version))
            moment.Mistake("KU-2107", item.Place, $"it is renamed from {name}, which does not end at {moment.Version}.",
                $"Write till: \"{moment.Version}\" at {name}.");
        else if (moment.Schema.TableItems.First(other => other.BeginsAt(moment.Version) && other.Declared.RenamedFrom == name) != item)
            moment.Mistake("KU-2107", item.Place,
                $"another table is renamed from {name} at {moment.Version} too.", "Remove one RenamedFrom.");
        else return table;
        return null;
    }

    private static void Rename(Moment moment, LiveTable table, TableItem item)
    {
        TakeNames(moment, item);
        moment.Schema.Names.FreeRelation(table.Name);
        moment.Schema.Names.FreeType(table.Name);
        moment.Add(Part.Rename, new RenameTable(table.On, item.Name));
        (table.RenamedFrom, table.Item, table.Name) = (table.Item, item, item.Name);
        if (table.RenamedFrom.Declared.Comment != item.Declared.Comment)
            moment.Add(Part.Comment, new CommentOn(table.On, null, item.Declared.Comment));
    }

    private static void TakeNames(Moment moment, TableItem item)
    {
        var names = moment.Schema.Names;
        if ((names.TakeRelation(item.Name, $"table {item.Name}") ?? names.TakeType(item.Name, $"table {item.Name}")) is { } other)
            moment.Mistake("KU-2111", item.Place, $"at {moment.Version} the name is that of {other}.", "Choose another name.");
    }

    public static void Create(Moment moment)
    {
        foreach (var item in moment.Schema.TableItems.Where(item => item.BeginsAt(moment.Version) && item.Declared.RenamedFrom is null))
        {
            var table = new LiveTable(item);
            moment.Schema.Tables.Add(table);
            TakeNames(moment, item);
            var columns = ColumnSteps.OfNewTable(moment, table);
            var (keys, checks) = PartSteps.OfNewTable(moment, table);
            moment.Add(Part.CreateTable, new CreateTable(table.On, columns, keys, checks));
            if (item.Declared.Comment is { } text) moment.Add(Part.Comment, new CommentOn(table.On, null, text));
        }
    }

    public static void Drop(Moment moment)
    {
        foreach (var table in moment.Schema.Tables.Where(table => table.Item.EndsAt(moment.Version)).ToList())
        {
            moment.Add(Part.DropTable, new DropTable(table.On, table.First));
            foreach (var part in table.Parts) PartSteps.Free(moment, part);
            foreach (var column in table.Columns) ColumnSteps.Free(moment, column);
            moment.Schema.Names.FreeRelation(table.Name);
            moment.Schema.Names.FreeType(table.Name);
            moment.Schema.Tables.Remove(table);
        }
    }
}
