namespace PluginUpgrade.PostgresTests.Schemas;

internal sealed class RandomColumn(string name, string type, int since)
{
    public static readonly Dictionary<string, string> Defaults = new()
    {
        ["text"] = "'new'",
        ["integer"] = "1 + 1",
        ["numeric(10, 2)"] = "random()",
        ["varchar(20)"] = "upper('x')",
    };

    private static readonly Dictionary<string, string> Wider = new()
    {
        ["text"] = "varchar(50)",
        ["integer"] = "bigint",
        ["numeric(10, 2)"] = "numeric(20, 4)",
        ["varchar(20)"] = "text",
    };

    private readonly List<Action<ColumnBuilder>> _changes = [];
    private string _type = type;
    private bool? _notNull;
    private (string? Value, bool Known) _default;

    public string Name => name;

    private string FirstType { get; } = type;

    private int Since { get; } = since;

    public int? Till { get; set; }

    public bool IsAlive => Till is null;

    public int Touched { get; set; } = since;

    /// <summary>Declared without since.</summary>
    public bool Inherits { get; init; }

    public bool Identity { get; init; }

    /// <summary>Left alone: it is, or was, a primary key.</summary>
    public bool IsKey { get; set; }

    public bool NotNull { get; set; }

    public string? Default { get; set; }

    public string? Comment { get; set; }

    public string? Collation { get; set; }

    public bool InBatches { get; set; }

    public string? RenamedFrom { get; init; }

    private bool NotNullNow => _notNull ?? NotNull;

    private string? DefaultNow => _default.Known ? _default.Value : Default;

    /// <param name="whole">Of a renamed table: neither renamed itself, nor with versions of its own.</param>
    public RandomColumn Continued(string newName, int version, bool whole = false)
    {
        if (!whole) Till = version;
        Touched = version;
        return new RandomColumn(newName, _type, version)
        {
            RenamedFrom = whole ? null : Name,
            Inherits = whole,
            Identity = Identity,
            IsKey = IsKey,
            NotNull = NotNullNow,
            Default = DefaultNow,
            Comment = Comment,
            Collation = Collation,
        };
    }

    public string Change(Random random, int version)
    {
        var since = RandomTable.Text(version);
        switch (random.Next(3))
        {
            case 0:
                var notNull = !NotNullNow;
                _notNull = notNull;
                _changes.Add(column => _ = notNull ? column.NotNull(since) : column.Null(since));
                return notNull ? "forbids nulls" : "allows nulls";
            case 1 when Wider.TryGetValue(_type, out var wider):
                _type = wider;
                _changes.Add(column => column.Type(wider, since));
                return $"type {wider}";
            default:
                var value = DefaultNow is null ? "NULL" : null;
                _default = (value, true);
                _changes.Add(column => _ = value is null ? column.NoDefault(since) : column.Default(value, since));
                return "default";
        }
    }

    public void Declare(TableBuilder table)
    {
        var begin = RandomTable.Text(Since);
        if (Till is { } till)
            if (Inherits) table.Column(Name, FirstType, (Till)RandomTable.Text(till), Declare);
            else table.Column(Name, FirstType, begin, (Till)RandomTable.Text(till), Declare);
        else if (Inherits) table.Column(Name, FirstType, Declare);
        else table.Column(Name, FirstType, (Since)begin, Declare);
    }

    private void Declare(ColumnBuilder column)
    {
        if (RenamedFrom is not null) column.RenamedFrom(RenamedFrom);
        if (Identity) column.GeneratedByDefault();
        if (NotNull) column.NotNull();
        if (Default is not null) column.Default(Default);
        if (Collation is not null) column.Collate(Collation);
        if (Comment is not null) column.Comment(Comment);
        if (InBatches) column.InBatches();
        foreach (var change in _changes) change(column);
    }
}
