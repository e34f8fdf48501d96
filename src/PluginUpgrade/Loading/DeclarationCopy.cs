namespace PluginUpgrade.Loading;

/// <summary>
/// Copies what a builder has collected. A class that keeps its builder, or a thread that it left behind, may go on to use it.
/// </summary>
internal static class DeclarationCopy
{
    public static SchemaBuilder Of(SchemaBuilder schema) => new()
    {
        Tables = Each(schema.Tables, Of),
        Enums = Each(schema.Enums, type => type with { Values = Each(type.Values), Later = Each(type.Later) }),
    };

    private static DeclaredTable Of(DeclaredTable table) => table with
    {
        Columns = Each(table.Columns, Of),
        Keys = Each(table.Keys),
        Checks = Each(table.Checks),
        ForeignKeys = Each(table.ForeignKeys, key => key with { }),
        Indexes = Each(table.Indexes, index => index with { }),
    };

    private static DeclaredColumn Of(DeclaredColumn column) => column with
    {
        Checks = Each(column.Checks),
        Changes = Each(column.Changes),
        References = column.References is { } key ? key with { } : null,
    };

    private static List<T> Each<T>(List<T> list) where T : class => Each(list, item => item);

    /// <summary>By index, and without what a thread is adding at this moment: an enumerator would throw.</summary>
    private static List<T> Each<T>(List<T> list, Func<T, T> copy) where T : class
    {
        var count = list.Count;
        var copied = new List<T>(count);
        for (var i = 0; i < count; i++)
            if (list[i] is { } item) copied.Add(copy(item));
        return copied;
    }
}
