namespace PluginUpgrade.Schemas.Reading;

internal static class TableReader
{
    /// <returns>Null where the table itself has a mistake; what is in it is checked all the same.</returns>
    public static TableItem? Read(DeclaredSchema declaration, DeclaredTable declared, Mistakes mistakes)
    {
        var place = new Place(declaration, declared.Name);
        var named = NameCheck.OfObject(declared.Name, place, mistakes);
        var life = Span.Read(declared.Life, null, "", place, mistakes);
        var table = new TableItem(place, life ?? new Span(UpgradeVersion.Zero, null), declared);
        foreach (var column in declared.Columns)
        {
            var read = ColumnReader.Read(place with { Part = column.Name }, column, life, declared.Name, mistakes);
            if (read is null) table.Broken.Add(column.Name);
            else table.Columns.Add(read);
        }
        foreach (var second in NameCheck.Twice(table.Columns, column => column.Name, old => table.Columns.Exists(
            column => column.Declared.RenamedFrom == old.Name && column.BeginsAt(old.Life.Till!.Value)), "column", mistakes))
            table.Columns.Remove(second);
        foreach (var column in table.Columns) PartReader.OfColumn(table, column, mistakes);
        PartReader.OfTable(table, life, mistakes);
        return named && life is not null ? table : null;
    }
}
