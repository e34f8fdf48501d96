using System.Globalization;

namespace PluginUpgrade.PostgresTests.Schemas;

internal sealed class RandomTable(string name, int since)
{
    public string Name => name;

    public int? Till { get; set; }

    public bool IsAlive => Till is null;

    /// <summary>The last version at which it as a whole began, ended or was renamed.</summary>
    public int Touched { get; set; } = since - 1;

    public int KeyTouched { get; set; } = since;

    public string? RenamedFrom { get; init; }

    public List<RandomColumn> Columns { get; init; } = [];

    public List<RandomPart> Parts { get; init; } = [];

    public RandomPart? PrimaryKey { get; set; }

    private int Since { get; } = since;

    public bool HasChangesAt(int version) => Since == version || KeyTouched == version
        || Columns.Exists(column => column.Touched == version) || Parts.Exists(part => part.Touched == version);

    /// <summary>The same table under another name from a version on, with all that it has then.</summary>
    public RandomTable Continued(string newName, int version)
    {
        var columns = Columns.Where(column => column.IsAlive)
            .ToDictionary(column => column, column => column.Continued(column.Name, version, whole: true));
        var parts = Parts.Where(part => part.IsAlive).ToDictionary(part => part, part => part.Continued(version, columns));
        Till = Touched = version;
        return new RandomTable(newName, version)
        {
            RenamedFrom = Name,
            Columns = [.. columns.Values],
            Parts = [.. parts.Values],
            PrimaryKey = parts[PrimaryKey!],
            Touched = version,
        };
    }

    public void Declare(SchemaBuilder schema)
    {
        if (Till is { } till) schema.Table(Name, Text(Since), (Till)Text(till), Declare);
        else schema.Table(Name, Text(Since), Declare);
    }

    private void Declare(TableBuilder table)
    {
        if (RenamedFrom is not null) table.RenamedFrom(RenamedFrom);
        foreach (var column in Columns) column.Declare(table);
        foreach (var part in Parts) part.Declare(table);
    }

    public static string Text(int version) => $"0.{version.ToString(CultureInfo.InvariantCulture)}";
}
