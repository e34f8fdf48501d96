namespace PluginUpgrade.Schemas.Reading;

internal static class ColumnReader
{
    private static readonly string[] Serials = ["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"];

    private static readonly string[] Integers = ["smallint", "integer", "int", "bigint", "int2", "int4", "int8"];

    /// <returns>Null where it has a mistake.</returns>
    public static ColumnItem? Read(Place place, DeclaredColumn declared, Span? table, string tableName, Mistakes mistakes)
    {
        var before = mistakes.Found.Count;
        NameCheck.OfColumn(declared.Name, place, mistakes);
        var life = Span.Read(declared.Life, table, tableName, place, mistakes);
        var column = new ColumnItem(place, life ?? new Span(UpgradeVersion.Zero, null), declared);
        CheckTexts(place, declared, mistakes);
        ReadBeginning(column, mistakes);
        ReadChanges(column, life, mistakes);
        CheckDetails(column, mistakes);
        return mistakes.Found.Count == before && life is not null ? column : null;
    }

    private static void CheckTexts(Place place, DeclaredColumn declared, Mistakes mistakes)
    {
        NameCheck.IsSql(declared.Type, "its type", place, mistakes);
        NameCheck.IsSql(declared.Collation, "its collation", place, mistakes);
        NameCheck.IsSql(declared.Generated, "its expression", place, mistakes);
        foreach (var check in declared.Checks) NameCheck.IsSql(check, "its check", place, mistakes);
        foreach (var change in declared.Changes)
            if (change is DeclaredChange.Default { Expression: { } expression })
                NameCheck.IsSql(expression, "its default", place, mistakes);
            else if (change is DeclaredChange.Type type)
            {
                NameCheck.IsSql(type.NewType, "its new type", place, mistakes);
                NameCheck.IsSql(type.Using, "the conversion to its new type", place, mistakes);
            }
    }

    private static void ReadBeginning(ColumnItem column, Mistakes mistakes)
    {
        var first = column.Declared.Changes.Where(change => change.Since is null).ToList();
        foreach (var twice in first.GroupBy(change => change.GetType()).Where(same => same.Count() > 1))
            mistakes.Add("KU-2115", column.Place, $"its {Word(twice.First())} is declared twice for its beginning.",
                "Remove one of them, or say since which version it holds.");
        column.NotNull = first.OfType<DeclaredChange.Nullness>().Any(change => change.NotNull);
        column.Default = first.OfType<DeclaredChange.Default>().LastOrDefault()?.Expression;
    }

    private static void ReadChanges(ColumnItem column, Span? life, Mistakes mistakes)
    {
        var place = column.Place;
        foreach (var change in column.Declared.Changes.Where(change => change.Since is not null))
        {
            if (Span.Version(change.Since!.Value.Version, "since", place, mistakes) is not { } version || life is null) continue;
            if (version < life.Since)
                mistakes.Add("KU-2115", place, $"its {Word(change)} changes at {version}, before it begins at {life.Since}.",
                    "Give the change a later version, or declare it without since, from the beginning.");
            else if (life.Till is { } till && version >= till)
                mistakes.Add("KU-2115", place, $"its {Word(change)} changes at {version}, but it ends at {till}.", "Remove the change.");
            else column.Later.Add((version, change));
        }
        var ordered = column.Later.OrderBy(change => change.Version).ToList();
        column.Later.Clear();
        column.Later.AddRange(ordered);
        foreach (var twice in ordered.GroupBy(change => (change.Version, change.Change.GetType())).Where(same => same.Count() > 1))
            mistakes.Add("KU-2115", place,
                $"its {Word(twice.First().Change)} changes twice at {twice.Key.Version}.", "Remove one of the changes.");
        FindIdleChanges(column, mistakes);
    }

    /// <summary>A change to what it is already: its author had another version in mind.</summary>
    private static void FindIdleChanges(ColumnItem column, Mistakes mistakes)
    {
        var isNumberedOrKey = column.Identity is not null || column.Declared.IsPrimaryKey;
        var (notNull, expression, type) = (column.NotNull, column.Default, column.Declared.Type);
        foreach (var (version, change) in column.Later)
        {
            var (idle, now) = change switch
            {
                DeclaredChange.Nullness nulls =>
                    (nulls.NotNull == notNull && !isNumberedOrKey, notNull ? "it has no nulls" : "it may have nulls"),
                DeclaredChange.Default value =>
                    (value.Expression == expression, expression is null ? "it has no default" : "it has this default"),
                DeclaredChange.Type kind => (kind.NewType == type && kind.Using is null, $"it is {type}"),
                _ => (false, ""),
            };
            if (idle)
                mistakes.Add("KU-2115", column.Place, $"its {Word(change)} changes at {version} to what it is: {now} already.",
                    "Remove the change, or correct what is declared before it.");
            if (change is DeclaredChange.Nullness newNulls) notNull = newNulls.NotNull;
            if (change is DeclaredChange.Default newDefault) expression = newDefault.Expression;
            if (change is DeclaredChange.Type newType) type = newType.NewType;
        }
    }

    private static string Word(DeclaredChange change) => change switch
    {
        DeclaredChange.Nullness => "NOT NULL",
        DeclaredChange.Default => "default",
        _ => "type",
    };

    private static void CheckDetails(ColumnItem column, Mistakes mistakes)
    {
        var declared = column.Declared;
        var type = declared.Type.Trim().ToLowerInvariant();
        var hasDefault = declared.Changes.Exists(change => change is DeclaredChange.Default { Expression: not null });
        var mayBeNull = declared.Changes.Exists(change => change is DeclaredChange.Nullness { NotNull: false });
        if (Serials.Contains(type))
            Wrong($"{declared.Type} is no type: PostgreSQL makes a default and a sequence from it.",
                $"Write \"{(type is "bigserial" or "serial8" ? "bigint" : type is "smallserial" or "serial2" ? "smallint" : "integer")}\" "
                + "and column.GeneratedByDefault().");
        if (declared.Identity != DeclaredIdentity.None && hasDefault)
            Wrong("PostgreSQL numbers its rows, so it cannot have a default.",
                "Remove the default, or GeneratedAlways and GeneratedByDefault.");
        if (declared.Identity != DeclaredIdentity.None && mayBeNull)
            Wrong("PostgreSQL numbers its rows, so it has no nulls.", "Remove Null.");
        if (declared.Identity != DeclaredIdentity.None && !Integers.Contains(type) && !Serials.Contains(type))
            Wrong($"PostgreSQL numbers rows in smallint, integer and bigint, and this is {declared.Type}.",
                "Write \"bigint\", or remove GeneratedAlways and GeneratedByDefault.");
        if (declared.Generated is not null && (hasDefault || declared.Identity != DeclaredIdentity.None))
            Wrong("PostgreSQL computes it, so it can be neither numbered nor have a default.", "Remove Generated, or the others.");
        if (declared.IsPrimaryKey && mayBeNull) Wrong("it is the primary key, so it has no nulls.", "Remove Null, or PrimaryKey.");
        if (declared.InBatches && column.Default is null)
            Wrong("InBatches fills rows with the default, and it has none at its beginning.", "Add a default, or remove InBatches.");

        void Wrong(string message, string remedy) => mistakes.Add("KU-2114", column.Place, message, remedy);
    }
}
