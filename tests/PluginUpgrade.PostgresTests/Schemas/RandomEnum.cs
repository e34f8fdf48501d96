namespace PluginUpgrade.PostgresTests.Schemas;

internal sealed class RandomEnum(string name, int since)
{
    private readonly List<string> _values = ["a", "b"];
    private readonly List<Action<EnumBuilder>> _later = [];
    private int _touched = since;

    public string Name => name;

    public int Since { get; } = since;

    public string? Add(Random random, string value, int version)
    {
        if (_touched == version) return "nothing to values";
        _touched = version;
        var (at, begin) = (random.Next(_values.Count), RandomTable.Text(version));
        var other = _values[at];
        switch (random.Next(3))
        {
            case 0:
                _values[at] = value;
                _later.Add(type => type.Value(value, begin, renamedFrom: other));
                return $"value {other} is {value}";
            case 1:
                _values.Insert(at + 1, value);
                _later.Add(type => type.Value(value, begin, after: other));
                return $"value {value} after {other}";
            default:
                _values.Add(value);
                _later.Add(type => type.Value(value, begin));
                return $"value {value}";
        }
    }

    public void Declare(SchemaBuilder schema) => schema.Enum(name, RandomTable.Text(Since), type =>
    {
        type.Values("a", "b");
        foreach (var later in _later) later(type);
    });
}
