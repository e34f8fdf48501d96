using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

internal static class ColumnSteps
{
    public static IReadOnlyList<ColumnDefinition> OfNewTable(Moment moment, LiveTable table)
    {
        foreach (var item in table.Item.Columns.Where(item => item.BeginsAt(moment.Version)))
        {
            if (item.Declared.RenamedFrom is { } old)
                moment.Mistake("KU-2107", item.Place,
                    $"it is renamed from {old}, but its table begins at the same version.", "Remove RenamedFrom.");
            Begin(moment, table, item);
        }
        return [.. table.Columns.Select(column => Definition(column, column.NotNull))];
    }

    public static void Add(Moment moment, LiveTable table)
    {
        // What others are computed from comes before them.
        foreach (var item in table.Item.Columns.Where(item => item.BeginsAt(moment.Version) && item.Declared.RenamedFrom is null)
            .OrderBy(item => item.Declared.Generated is not null))
        {
            if (table.IsNew || table.Columns.Exists(column => column.Item == item)) continue;
            if (table.Column(item.Name) is not null)
            {
                moment.Mistake("KU-2106", item.Place, $"at {moment.Version} the table still has another column of this name.",
                    "Choose another name, or let it begin at a later version.");
                continue;
            }
            AddTo(moment, table, Begin(moment, table, item));
        }
        foreach (var column in table.Columns.Where(column => column.Item.BeginsAt(moment.Version)))
            column.Mentions = Moment.Mentioned(table, column.Item.Declared.Generated);
    }

    private static void AddTo(Moment moment, LiveTable table, LiveColumn column)
    {
        var item = column.Item;
        var filled = item.Default is not null || item.Identity is not null || item.Declared.Generated is not null;
        moment.Add(Part.AddColumn, new AddColumn(table.On, Definition(column, column.NotNull && filled), table.Positions,
            item.Declared.InBatches, item.Declared.Rewrites));
        if (item.Declared.InBatches)
            moment.Add(Part.Fill, new FillColumn(table.On, column.Name, item.Default!, column.NotNull));
        column.HasNoNulls = column.NotNull || item.Identity is not null;
        if (column.NotNull && !filled) moment.Add(Part.SetNotNull, new SetNotNull(table.On, column.Name));
    }

    private static LiveColumn Begin(Moment moment, LiveTable table, ColumnItem item)
    {
        var column = new LiveColumn(item) { Type = moment.Type(item.Declared.Type, item.Place) };
        column.HasNoNulls = column.NotNull || item.Identity is not null;
        table.Columns.Add(column);
        table.Positions++;
        if (item.Identity is not null) column.Sequence = Sequence(moment, table, column);
        if (item.Declared.Comment is { } text) moment.Add(Part.Comment, new CommentOn(table.On, column.Name, text));
        if (item.Later.Find(change => change.Version == moment.Version) is { Change: not null })
            moment.Mistake("KU-2115", item.Place, $"it begins at {moment.Version}, and changes at the same version.",
                "Declare it as it is after the change, without the change's since.");
        return column;
    }

    /// <summary>As PostgreSQL chooses it: with a number behind it where the name is taken.</summary>
    private static string Sequence(Moment moment, LiveTable table, LiveColumn column)
    {
        var name = ObjectName.Of(table.Name, column.Name, "seq");
        for (var i = 1; moment.Schema.Names.HasRelation(name); i++) name = ObjectName.Of(table.Name, column.Name, $"seq{i}");
        moment.Schema.Names.TakeRelation(name, $"the sequence of {table.Name}.{column.Name}");
        return name;
    }

    private static ColumnDefinition Definition(LiveColumn column, bool notNull) => new(column.Name, column.Type)
    {
        NotNull = notNull,
        Default = column.Default,
        Collation = column.Collation,
        Identity = column.Item.Identity,
        Sequence = column.Sequence,
        Generated = column.Item.Declared.Generated,
    };

    public static void Change(Moment moment, LiveTable table)
    {
        if (table.IsNew) return;
        foreach (var column in table.Columns)
        {
            var changes = column.Item.Later.Where(change => change.Version == moment.Version).Select(change => change.Change).ToList();
            if (changes.OfType<DeclaredChange.Nullness>().FirstOrDefault() is { } nulls)
                ColumnChangeSteps.Nulls(moment, table, column, nulls.NotNull);
            ColumnChangeSteps.TypeAndDefault(moment, table, column,
                changes.OfType<DeclaredChange.Type>().FirstOrDefault(), changes.OfType<DeclaredChange.Default>().FirstOrDefault());
        }
    }

    public static void Drop(Moment moment, LiveTable table)
    {
        if (table.Item.EndsAt(moment.Version)) return;
        var ending = table.Columns.Where(column => column.Item.EndsAt(moment.Version)).OrderBy(column => column.Mentions.Count == 0);
        foreach (var column in ending.ToList())
        {
            foreach (var part in table.Parts.Where(part => part.Columns.Contains(column)))
                moment.Mistake("KU-2110", column.Item.Place,
                    $"it ends at {moment.Version}, but {part.Kind} {part.Name} needs it and does not end.",
                    $"Write till: \"{moment.Version}\" at {part.Name}, or let the column live longer.");
            foreach (var other in table.Columns.Where(other => other.Mentions.Contains(column) && !other.Item.EndsAt(moment.Version)))
                moment.Mistake("KU-2110", column.Item.Place,
                    $"it ends at {moment.Version}, but column {other.Name} is computed from it and does not end.",
                    $"Write till: \"{moment.Version}\" at {other.Name}, or let the column live longer.");
            moment.Add(Part.DropColumn, new DropColumn(table.On, column.Name, column.First));
            Free(moment, column);
            table.Columns.Remove(column);
        }
    }

    public static void Free(Moment moment, LiveColumn column)
    {
        if (column.Sequence is { } sequence) moment.Schema.Names.FreeRelation(sequence);
    }
}
