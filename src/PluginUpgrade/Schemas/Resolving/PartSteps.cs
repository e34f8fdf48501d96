using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <summary>Keys, checks and indexes.</summary>
internal static class PartSteps
{
    public static (IReadOnlyList<KeyDefinition> Keys, IReadOnlyList<CheckDefinition> Checks) OfNewTable(Moment moment, LiveTable table)
    {
        var keys = Keys(moment, table, table.Item.Keys.Where(key => key.BeginsAt(moment.Version)).OrderBy(key => !key.IsPrimary));
        var checks = Checks(moment, table, table.Item.Checks.Where(check => check.BeginsAt(moment.Version)));
        table.Beginning.AddRange(((IEnumerable<PartItem>)[.. table.Item.ForeignKeys, .. table.Item.Indexes])
            .Where(part => part.BeginsAt(moment.Version)));
        return ([.. keys.Select(Definition)], [.. checks.Select(Definition)]);
    }

    public static void Begin(Moment moment, LiveTable table)
    {
        foreach (var key in Keys(moment, table, table.Beginning.OfType<KeyItem>()))
        {
            var nulls = key.IsPrimary ? key.Columns.Where(column => !column.HasNoNulls).ToList() : [];
            nulls.ForEach(column => column.HasNoNulls = true);
            var replaced = key.IsPrimary ? table.Keys.FirstOrDefault(other => other.IsPrimary && other != key) : null;
            if (replaced is not null) moment.Replaced.Add(replaced);
            moment.Add(Part.AddKey, new AddKey(table.On, Definition(key), [.. nulls.Select(column => column.Name)], replaced?.Name));
        }
        foreach (var check in Checks(moment, table, table.Beginning.OfType<CheckItem>()))
        {
            moment.Add(Part.AddCheck, new AddCheck(table.On, Definition(check)));
            moment.Add(Part.Validate, new ValidateConstraint(table.On, check.Name));
        }
        foreach (var index in table.Beginning.OfType<IndexItem>()) BeginIndex(moment, table, index);
    }

    private static KeyDefinition Definition(LiveKey key) => new(key.Name, key.IsPrimary, [.. key.Columns.Select(column => column.Name)]);

    private static CheckDefinition Definition(LiveCheck check) => new(check.Name, ((CheckItem)check.Item).Expression);

    private static List<LiveKey> Keys(Moment moment, LiveTable table, IEnumerable<KeyItem> items)
    {
        List<LiveKey> keys = [];
        foreach (var item in items)
        {
            if (item.IsPrimary && table.Keys.FirstOrDefault(key => key.IsPrimary && !key.Item.EndsAt(moment.Version)) is { } other)
            {
                moment.Mistake("KU-2117", item.Place, $"{table.Name} has a primary key already at {moment.Version}: {other.Name}.",
                    $"Let that one end with till: \"{moment.Version}\", or write Unique.");
                continue;
            }
            if (moment.Columns(table, item.Columns, item.Place) is not { } columns) continue;
            var name = item.Name
                ?? (item.IsPrimary ? ObjectName.Of(table.Name, (string?)null, "pkey") : ObjectName.Of(table.Name, item.Columns, "key"));
            var method = item.IsPrimary ? "PrimaryKey" : "Unique";
            var remedy = $"Give it another: {table.Name}.{method}(\"{string.Join(", ", item.Columns)}\", name: …).";
            if (!TakeConstraint(moment, table, name, item, remedy) || !TakeRelation(moment, name, item.Kind, table, item, remedy)) continue;
            var key = new LiveKey(name, item, columns);
            if (item.IsPrimary && table.IsNew)
                foreach (var column in columns) column.HasNoNulls = true;
            table.Parts.Add(key);
            keys.Add(key);
        }
        return keys;
    }

    private static List<LiveCheck> Checks(Moment moment, LiveTable table, IEnumerable<CheckItem> items)
    {
        List<LiveCheck> checks = [];
        foreach (var item in items)
        {
            var name = item.Name ?? ObjectName.Of(table.Name, item.OfColumn, item.Number == 0 ? "check" : $"check{item.Number}");
            if (!TakeConstraint(moment, table, name, item, $"Give it another: {table.Name}.Check(name, …).")) continue;
            var check = new LiveCheck(name, item, Moment.Mentioned(table, item.Expression));
            table.Parts.Add(check);
            checks.Add(check);
        }
        return checks;
    }

    private static void BeginIndex(Moment moment, LiveTable table, IndexItem item)
    {
        var declared = item.Declared;
        if (declared.RenamedFrom is { } old)
            moment.Mistake("KU-2107", item.Place,
                $"it is renamed from {old}, but its table begins at the same version.", "Remove RenamedFrom.");
        var plain = SqlText.PlainColumns(declared.Columns).ToList();
        IReadOnlyList<string> include = declared.Include?.Names ?? [];
        if (moment.Columns(table, [.. plain, .. include], item.Place) is null
            || !TakeRelation(moment, item.Name, "index", table, item, "Choose another name.")) return;
        var mentioned = Moment.Mentioned(table, declared.Columns, declared.Where, string.Join(',', include.Select(PostgresName.Quote)));
        var isWhole = declared is { IsUnique: true, Where: null } && plain.Count == SqlText.Parts(declared.Columns);
        table.Parts.Add(new LiveIndex(item, mentioned, isWhole ? [.. plain.Select(name => table.Column(name)!)] : null));
        var change = new CreateIndex(table.On, Definition(declared, include), declared.Concurrently);
        moment.Add(table.IsNew ? Part.CreateIndex : Part.AddIndex, change);
    }

    private static IndexDefinition Definition(DeclaredIndex declared, IReadOnlyList<string> include) => new(declared.Name, declared.Columns)
    {
        IsUnique = declared.IsUnique,
        NullsNotDistinct = declared.NullsNotDistinct,
        Method = declared.Method?.ToLowerInvariant(),
        Include = include,
        Where = declared.Where,
    };

    public static bool TakeConstraint(Moment moment, LiveTable table, string name, PartItem item, string remedy)
    {
        if (table.Parts.Find(part => part is not LiveIndex && part.Name == name) is not { } other) return true;
        moment.Mistake("KU-2111", item.Place, $"{table.Name} has a constraint {name} already at {moment.Version}: a {other.Kind}.", remedy);
        return false;
    }

    private static bool TakeRelation(Moment moment, string name, string kind, LiveTable table, PartItem item, string remedy)
    {
        if (moment.Schema.Names.TakeRelation(name, $"{kind} {name} of {table.Name}") is not { } other) return true;
        moment.Mistake("KU-2111", item.Place, $"at {moment.Version} its name, {name}, is that of {other}.", remedy);
        return false;
    }

    public static void End(Moment moment, LiveTable table)
    {
        var tableEnds = table.Item.EndsAt(moment.Version);
        foreach (var part in table.Parts.Where(part => tableEnds || part.Item.EndsAt(moment.Version)).ToList())
        {
            if (part is LiveForeignKey key) ForeignKeySteps.End(moment, table, key, tableEnds);
            else ForeignKeySteps.FindUsers(moment, table, part, tableEnds);
            if (tableEnds) continue;
            if (part is LiveIndex) moment.Add(Part.DropIndex, new DropIndex(table.On, part.Name));
            else if (part is LiveCheck || part is LiveKey it && !moment.Replaced.Contains(it))
                moment.Add(Part.DropConstraint, new DropConstraint(table.On, part.Name));
            Free(moment, part);
            table.Parts.Remove(part);
        }
    }

    public static void Free(Moment moment, LivePart part)
    {
        if (part is LiveKey or LiveIndex) moment.Schema.Names.FreeRelation(part.Name);
    }
}
