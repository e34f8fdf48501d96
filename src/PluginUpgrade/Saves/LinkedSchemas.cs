namespace PluginUpgrade.Saves;

/// <summary>Groups schemas that depend on each other. Pure.</summary>
internal static class LinkedSchemas
{
    /// <summary>Schemas that are linked, directly or through others; each schema is in one group.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Groups(
        IReadOnlyList<string> schemas, IReadOnlyCollection<(string From, string To)> links)
    {
        var root = schemas.ToDictionary(schema => schema);
        foreach (var (from, to) in links)
            if (root.ContainsKey(from) && root.ContainsKey(to)) root[Root(from)] = Root(to);
        return [.. schemas.GroupBy(Root).Select(group => group.ToList())];

        string Root(string schema)
        {
            while (root[schema] != schema) schema = root[schema] = root[root[schema]];
            return schema;
        }
    }
}
