using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <param name="isComplete">Whether the schema holds nothing that is not declared.</param>
internal sealed class LiveSchema(DeclaredItems items, bool isComplete)
{
    public IReadOnlyList<TableItem> TableItems => items.Tables;

    public IReadOnlyList<EnumItem> EnumItems => items.Enums;

    /// <summary>Names of tables with mistakes: that they are missing is no second mistake.</summary>
    public HashSet<string> BrokenTables { get; } = [.. items.BrokenTables];

    public IReadOnlySet<string> BrokenEnums => items.BrokenEnums;

    public bool IsComplete => isComplete;

    public List<LiveTable> Tables { get; } = [];

    public List<LiveEnum> Enums { get; } = [];

    public NamesInUse Names { get; } = new();

    public LiveTable? Table(string name) => Tables.Find(table => table.Name == name);
}

/// <summary>
/// Names that PostgreSQL lets only one thing of a schema have: tables, indexes and sequences share one space of names, types and tables
/// another.
/// </summary>
internal sealed class NamesInUse
{
    private readonly Dictionary<string, string> _relations = [];
    private readonly Dictionary<string, string> _types = [];

    /// <returns>What has the name already; null: it is taken now.</returns>
    public string? TakeRelation(string name, string owner) => Take(_relations, name, owner);

    public string? TakeType(string name, string owner) => Take(_types, name, owner);

    public bool HasRelation(string name) => _relations.ContainsKey(name);

    public void FreeRelation(string name) => _relations.Remove(name);

    public void FreeType(string name) => _types.Remove(name);

    private static string? Take(Dictionary<string, string> names, string name, string owner)
    {
        if (names.TryGetValue(name, out var other)) return other;
        names.Add(name, owner);
        return null;
    }
}
