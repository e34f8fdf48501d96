namespace PluginUpgrade.Catalogue;

/// <summary>Reads <c>[Carries]</c> of a class and its base classes from metadata.</summary>
internal static class CarriedTables
{
    /// <param name="wrong">Called for each name that no table can have.</param>
    /// <returns>Sorted, each once.</returns>
    public static IReadOnlyList<string> Read(List<Ancestor> ancestors, Action<string> wrong)
    {
        SortedSet<string>? tables = null;
        foreach (var ancestor in ancestors)
            foreach (var (_, value) in ModuleAttributeReader.SdkAttributes(ancestor.Type, nameof(CarriesAttribute)))
            {
                var table = ModuleAttributeReader.Texts(value, 1).Arguments[0];
                if (IsName(table)) (tables ??= new SortedSet<string>(StringComparer.Ordinal)).Add(table);
                else wrong(table);
            }
        return tables is null ? [] : [.. tables];
    }

    private static bool IsName(string table) => !string.IsNullOrWhiteSpace(table) && PostgresName.IsText(table)
        && !table.Any(char.IsControl) && System.Text.Encoding.UTF8.GetByteCount(table) <= PostgresName.MaxBytes;
}
