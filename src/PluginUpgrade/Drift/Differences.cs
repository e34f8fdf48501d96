namespace PluginUpgrade.Drift;

/// <summary>Compares a description with the declared one. Pure.</summary>
internal static class Differences
{
    /// <param name="isComplete">Whether what is not declared is a difference too.</param>
    /// <param name="schema">The target's schema, quoted.</param>
    public static IReadOnlyList<Difference> Find(
        IReadOnlyList<SchemaItem> found, IReadOnlyList<SchemaItem> declared, bool isComplete, string schema)
    {
        var (here, there) = (found.ToDictionary(item => item.Key), declared.ToDictionary(item => item.Key));
        var (tables, declaredTables) = (Tables(found), Tables(declared));
        List<Difference> differences = [];
        foreach (var item in declared.Where(item => !here.ContainsKey(item.Key)))
            // A missing table is made with all that belongs to it.
            if (item.Kind == SchemaItemKind.Table || item.Table.Length == 0 || tables.Contains(item.Table))
                differences.Add(new Difference(
                    DifferenceKind.Missing, item.Title, "", Mending.Text(item), Mending.Make(item, declared, schema)));
        foreach (var item in found.Where(item => !there.ContainsKey(item.Key)))
            if (isComplete && (item.Kind == SchemaItemKind.Table || item.Table.Length == 0 || declaredTables.Contains(item.Table)))
                differences.Add(new Difference(DifferenceKind.Extra, item.Title, Mending.Text(item), "", Mending.Remove(item, schema)));
        foreach (var item in declared)
            if (here.TryGetValue(item.Key, out var own) && !own.Parts.SequenceEqual(item.Parts))
                differences.Add(new Difference(
                    DifferenceKind.Different, item.Title, Mending.Text(own), Mending.Text(item), Mending.Change(own, item, schema)));
        return differences;
    }

    private static HashSet<string> Tables(IReadOnlyList<SchemaItem> items) =>
        [.. items.Where(item => item.Kind == SchemaItemKind.Table).Select(item => item.Name)];
}
