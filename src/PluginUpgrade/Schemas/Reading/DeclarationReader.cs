namespace PluginUpgrade.Schemas.Reading;

/// <summary>All tables and types of the declarations of one schema.</summary>
internal sealed record DeclaredItems(
    IReadOnlyList<TableItem> Tables, IReadOnlyList<EnumItem> Enums, IReadOnlySet<string> BrokenTables, IReadOnlySet<string> BrokenEnums);

internal static class DeclarationReader
{
    public static DeclaredItems Read(IEnumerable<DeclaredSchema> declarations, Mistakes mistakes)
    {
        List<TableItem> tables = [];
        List<EnumItem> enums = [];
        HashSet<string> brokenTables = [], brokenEnums = [];
        foreach (var declaration in declarations)
        {
            foreach (var declared in declaration.Builder.Tables)
                if (TableReader.Read(declaration, declared, mistakes) is { } table) tables.Add(table);
                else brokenTables.Add(declared.Name);
            foreach (var declared in declaration.Builder.Enums)
                if (EnumReader.Read(declaration, declared, mistakes) is { } type) enums.Add(type);
                else brokenEnums.Add(declared.Name);
        }
        Remove(tables, NameCheck.Twice(tables, table => table.Name, old => tables.Exists(
            table => table.Declared.RenamedFrom == old.Name && table.BeginsAt(old.Life.Till!.Value)), "table", mistakes));
        Remove(enums, NameCheck.Twice(enums, type => type.Name, _ => false, "type", mistakes));
        return new DeclaredItems(tables, enums, brokenTables, brokenEnums);
    }

    private static void Remove<TItem>(List<TItem> items, IReadOnlyList<TItem> removed) => items.RemoveAll(item => removed.Contains(item));
}
