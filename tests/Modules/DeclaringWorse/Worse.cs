using System.ComponentModel;
using System.Globalization;
using PluginUpgrade;

// Classes that the catalogue accepts, and that misbehave when their code runs.
namespace DeclaringWorse;

public sealed class Good : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table("good", since: "1", _ => { });
}

public sealed class ThrowsInItsConstructor : ISchemaDeclaration
{
    public ThrowsInItsConstructor() => throw new InvalidOperationException("no such\nsetting");

    public void Declare(SchemaBuilder schema) { }
}

public sealed class ThrowsAtFirst : ISchemaDeclaration
{
    private static readonly int Parsed = int.Parse("none", CultureInfo.InvariantCulture);

    public void Declare(SchemaBuilder schema) => schema.Table($"t{Parsed}", since: "1", _ => { });
}

public sealed class Throws : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema)
    {
        schema.Table("half", since: "1", _ => { });
        throw new NotSupportedException("not yet");
    }
}

public sealed class Hangs : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => Thread.Sleep(Timeout.Infinite);
}

public sealed class HangsInItsConstructor : ISchemaDeclaration
{
    public HangsInItsConstructor() => Thread.Sleep(Timeout.Infinite);

    public void Declare(SchemaBuilder schema) { }
}

public sealed class Waits : ISchemaDeclaration
{
    public async void Declare(SchemaBuilder schema)
    {
        await Task.Yield();
        schema.Table("late", since: "1", _ => { });
    }
}

/// <summary>Keeps everything that it was given, and has a thread that goes on to use it.</summary>
public sealed class Keeps : ISchemaDeclaration
{
    private SchemaBuilder? _schema;
    private TableBuilder? _table;
    private ColumnBuilder? _column;
    private EnumBuilder? _type;

    public void Declare(SchemaBuilder schema)
    {
        _schema = schema;
        schema.Table("kept", since: "1", table =>
        {
            _table = table;
            table.Column("id", "bigint", column => _column = column);
        });
        schema.Enum("state", since: "1", type => _type = type.Values("open"));
        new Thread(GoOn) { IsBackground = true }.Start();
    }

    public void GoOn()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _schema!.Table($"late{i}", since: "1", _ => { });
            _table!.Column($"late{i}", "text").Comment("late");
            _column!.NotNull().Comment("late");
            _type!.Value($"late{i}", since: "2");
        }
    }
}

/// <summary>Writes to the console, and tells by the names of its tables what it sees of the process.</summary>
public sealed class Tells : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema)
    {
        Console.WriteLine("{ \"printed\": true }");
        Console.Error.WriteLine("printed");
        schema.Table(CultureInfo.CurrentCulture.Name, since: "1", _ => { });
        schema.Table($"{Type.GetType("DeclaringWorse.Good, DeclaringWorse")}", since: "1", _ => { });
        schema.Table($"{TypeDescriptor.GetConverter(typeof(int))}", since: "1", _ => { });
    }
}
