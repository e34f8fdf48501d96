namespace PluginUpgrade.PostgresTests.Schemas;

/// <summary>
/// A declaration that could have been written over several releases: tables, columns, keys, checks, foreign keys, indexes and types begin,
/// change, are renamed and end. The same seed gives the same one.
/// </summary>
internal sealed partial class RandomHistory(int seed, int versions)
{
    private readonly Random _random = new(seed);
    private readonly List<RandomTable> _tables = [];
    private readonly List<RandomEnum> _enums = [];
    private readonly List<string> _story = [];
    private int _names;

    /// <summary>What happens, for a failure's message.</summary>
    public string Story => $"seed {seed}: {string.Join("; ", _story)}";

    public void Declare(SchemaBuilder schema)
    {
        for (var version = 1; version <= versions; version++)
            for (var i = version == 1 ? 4 : 7; i > 0; i--)
                Happen(version);
        foreach (var type in _enums) type.Declare(schema);
        foreach (var table in _tables) table.Declare(schema);
    }

    private string Name(string kind) => $"{kind}{++_names}";

    private T? Any<T>(IEnumerable<T> all) where T : class => all.ToList() is { Count: > 0 } list ? list[_random.Next(list.Count)] : null;

    private RandomTable? AnyTable(int version) => Any(_tables.Where(table => table.IsAlive && table.Touched < version));

    private void Happen(int version)
    {
        Func<int, string?>[] events =
        [
            NewTable, NewTable, NewEnum, NewValue, AddColumn, AddColumn, AddColumn, DropColumn, RenameColumn, RenameColumn, ChangeColumn,
            ChangeColumn, ChangeColumn, AddPart, AddPart, AddPart, AddPart, EndPart, RenameIndex, RenameTable, DropTable, ReplacePrimaryKey,
        ];
        var happened = version == 1 ? events[_random.Next(3)](version) : events[_random.Next(events.Length)](version);
        if (happened is not null) _story.Add($"{version}: {happened}");
    }

    private string NewTable(int version)
    {
        var table = new RandomTable(Name("t"), version);
        table.Columns.Add(new RandomColumn(Name("id"), "bigint", version) { Identity = true, IsKey = true, Inherits = true });
        for (var i = _random.Next(4); i > 0; i--) table.Columns.Add(NewColumn(version, inherits: true, isNew: true));
        table.PrimaryKey = new RandomPart($"{table.Name}_pkey", "primary", version, [table.Columns[0]]);
        table.Parts.Add(table.PrimaryKey);
        _tables.Add(table);
        return $"creates {table.Name}";
    }

    private RandomColumn NewColumn(int version, bool inherits, bool isNew)
    {
        var enums = _enums.Where(one => one.Since < version).Select(one => one.Name);
        var type = Any(["text", "integer", "numeric(10, 2)", "varchar(20)", .. enums])!;
        var column = new RandomColumn(Name("c"), type, version) { Inherits = inherits };
        if (_random.Next(3) == 0) column.NotNull = true;
        if (_random.Next(3) == 0 && RandomColumn.Defaults.TryGetValue(type, out var value)) column.Default = value;
        if (_random.Next(6) == 0) column.Comment = $"Column '{column.Name}' \\ of version {version}";
        if (type == "text" && _random.Next(4) == 0) column.Collation = "\"C\"";
        if (!isNew && column.Default is not null && _random.Next(2) == 0) column.InBatches = true;
        return column;
    }

    private string? AddColumn(int version)
    {
        if (AnyTable(version) is not { } table) return null;
        var column = NewColumn(version, inherits: false, isNew: false);
        table.Columns.Add(column);
        return $"adds {table.Name}.{column.Name}";
    }

    /// <summary>A column that began earlier, and to which nothing has happened at this version.</summary>
    private (RandomTable Table, RandomColumn Column)? AnyColumn(int version, bool used) =>
        AnyTable(version) is { } table && Any(table.Columns.Where(column =>
            column.IsAlive && !column.IsKey && column.Touched < version && (used || table.Parts.TrueForAll(
                part => part.Till == version || !part.IsAlive && part.Till < version || !part.Columns.Contains(column))))) is { } found
            ? (table, found) : null;

    private string? DropColumn(int version)
    {
        if (AnyColumn(version, used: false) is not var (table, column)) return null;
        column.Till = column.Touched = version;
        return $"drops {table.Name}.{column.Name}";
    }

    private string? RenameColumn(int version)
    {
        if (AnyColumn(version, used: true) is not var (table, column)) return null;
        var renamed = column.Continued(Name("c"), version);
        table.Columns.Insert(table.Columns.IndexOf(column) + 1, renamed);
        foreach (var part in _tables.SelectMany(one => one.Parts)) part.Rename(column, renamed);
        return $"renames {table.Name}.{column.Name} to {renamed.Name}";
    }

    private string? ChangeColumn(int version)
    {
        if (AnyColumn(version, used: true) is not var (table, column)) return null;
        column.Touched = version;
        return $"{column.Change(_random, version)} of {table.Name}.{column.Name}";
    }

    private string NewEnum(int version)
    {
        var type = new RandomEnum(Name("e"), version);
        _enums.Add(type);
        return $"creates type {type.Name}";
    }

    private string? NewValue(int version) => Any(_enums.Where(one => one.Since < version)) is { } type
        ? $"{type.Add(_random, Name("v"), version)} of {type.Name}" : null;
}
