using PluginUpgrade.Schemas.Changes;

namespace PluginUpgrade.Schemas.Resolving;

internal static class ColumnChangeSteps
{
    private static readonly string[] Collatable = ["text", "varchar", "character varying", "char", "character", "bpchar", "citext", "name"];

    public static void Nulls(Moment moment, LiveTable table, LiveColumn column, bool notNull)
    {
        column.NotNull = notNull;
        if (notNull == column.HasNoNulls) return;
        if (!notNull && table.Keys.Any(key => key.IsPrimary && key.Columns.Contains(column) && !key.Item.EndsAt(moment.Version)))
        {
            moment.Mistake("KU-2114", column.Item.Place, $"it may have nulls from {moment.Version} on, but it is in the primary key.",
                $"Write till: \"{moment.Version}\" at the primary key, or remove Null.");
            return;
        }
        if (notNull) moment.Add(Part.SetNotNull, new SetNotNull(table.On, column.Name));
        else moment.Add(Part.ChangeColumn, new DropNotNull(table.On, column.Name));
        column.HasNoNulls = notNull;
    }

    /// <summary>A default is dropped before the type changes, and set again: PostgreSQL does not convert every expression.</summary>
    public static void TypeAndDefault(
        Moment moment, LiveTable table, LiveColumn column, DeclaredChange.Type? type, DeclaredChange.Default? change)
    {
        var (before, after) = (column.Default, change is null ? column.Default : change.Expression);
        column.Default = after;
        if (before is not null && after is null) moment.Add(Part.ChangeColumn, new ChangeDefault(table.On, column.Name, null));
        if (type is not null) ChangeTypeOf(moment, table, column, type, before is null ? null : after);
        if (after is not null && after != before && (type is null || before is null))
            moment.Add(Part.ChangeColumn, new ChangeDefault(table.On, column.Name, after));
    }

    private static void ChangeTypeOf(Moment moment, LiveTable table, LiveColumn column, DeclaredChange.Type type, string? expression)
    {
        foreach (var computed in table.Columns.Where(other => other.Mentions.Contains(column)))
            moment.Mistake("KU-2110", column.Item.Place,
                $"its type changes at {moment.Version}, but column {computed.Name} is computed from it.",
                $"Let {computed.Name} end before that version, and begin again after it.");
        column.Type = moment.Type(type.NewType, column.Item.Place);
        if (!IsCollatable(type.NewType)) column.Collation = null;
        moment.Add(Part.ChangeColumn, new ChangeType(
            table.On, column.Name, column.Type, column.Collation, type.Using, expression, column.Item.Declared.Rewrites));
    }

    private static bool IsCollatable(string type) =>
        Collatable.Contains(type.Split('(', '[')[0].Trim().ToLowerInvariant());
}
