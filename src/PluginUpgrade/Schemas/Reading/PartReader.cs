namespace PluginUpgrade.Schemas.Reading;

/// <summary>Keys, checks, foreign keys and indexes.</summary>
internal static class PartReader
{
    private static readonly string[] Actions = ["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"];

    /// <summary>What is written at a column lives as long as the column.</summary>
    public static void OfColumn(TableItem table, ColumnItem column, Mistakes mistakes)
    {
        var (place, life, name) = (column.Place, column.Life.Inside, column.Name);
        if (column.Declared.IsPrimaryKey) table.Keys.Add(new KeyItem(place, life, name, true, [name], null));
        if (column.Declared.IsUnique) table.Keys.Add(new KeyItem(place, life, name, false, [name], null));
        foreach (var (number, check) in column.Declared.Checks.Index())
            table.Checks.Add(new CheckItem(place, life, name, null, check, number));
        if (column.Declared.References is { } key) ReadForeignKey(table, key, place, life, name, mistakes);
    }

    /// <param name="life">Null: it has a mistake.</param>
    public static void OfTable(TableItem table, Span? life, Mistakes mistakes)
    {
        var declared = table.Declared;
        foreach (var key in declared.Keys)
        {
            var place = table.Place with { Part = key.Name ?? key.Columns.ToString() };
            var fine = HasColumns(key.Columns, place, mistakes) & (key.Name is null || NameCheck.Of(key.Name, place, mistakes));
            if (Span.Read(key.Life, life, declared.Name, place, mistakes) is { } span && fine)
                table.Keys.Add(new KeyItem(place, span, null, key.IsPrimary, key.Columns.Names, key.Name));
        }
        foreach (var check in declared.Checks)
        {
            var place = table.Place with { Part = check.Name };
            var fine = NameCheck.Of(check.Name, place, mistakes) & NameCheck.IsSql(check.Expression, "the condition", place, mistakes);
            if (Span.Read(check.Life, life, declared.Name, place, mistakes) is { } span && fine)
                table.Checks.Add(new CheckItem(place, span, null, check.Name, check.Expression));
        }
        foreach (var key in declared.ForeignKeys)
        {
            var place = table.Place with { Part = key.Name ?? key.Columns.ToString() };
            if (Span.Read(key.Life, life, declared.Name, place, mistakes) is { } span)
                ReadForeignKey(table, key, place, span, null, mistakes);
        }
        foreach (var index in declared.Indexes) ReadIndex(table, index, life, mistakes);
        var named = table.Checks.Where(check => check.Name is not null);
        foreach (var second in NameCheck.Twice(named, check => check.Name!, _ => false, "check", mistakes))
            table.Checks.Remove(second);
        foreach (var second in NameCheck.Twice(table.Indexes, index => index.Name, old => table.Indexes.Exists(
            index => index.Declared.RenamedFrom == old.Name && index.BeginsAt(old.Life.Till!.Value)), "index", mistakes))
            table.Indexes.Remove(second);
    }

    private static bool HasColumns(ColumnList columns, Place place, Mistakes mistakes)
    {
        if (columns.Names.Count == 0 || columns.Names.Any(name => name.Length == 0))
            mistakes.Add("KU-2108", place,
                "the list of columns is empty, or has an empty name.", "Write the columns' names, as \"first, last\".");
        else if (columns.Names.Distinct().Count() < columns.Names.Count)
            mistakes.Add("KU-2108", place, $"a column occurs twice in: {columns}.", "Remove one of the two.");
        else return true;
        return false;
    }

    private static void ReadForeignKey(
        TableItem table, DeclaredForeignKey key, Place place, Span life, string? ofColumn, Mistakes mistakes)
    {
        var fine = HasColumns(key.Columns, place, mistakes) & NameCheck.OfObject(key.Table, place, mistakes)
            & (key.Name is null || NameCheck.Of(key.Name, place, mistakes)) & (key.To is not { } to || HasColumns(to, place, mistakes));
        if (key.To is { } other && other.Names.Count != key.Columns.Names.Count)
        {
            mistakes.Add("KU-2113", place,
                $"it has {key.Columns.Names.Count} columns ({key.Columns}) and refers to {other.Names.Count} ({other}).",
                "Write as many columns on both sides.");
            fine = false;
        }
        var (onDelete, onUpdate) = (Action(key.OnDelete, place, mistakes), Action(key.OnUpdate, place, mistakes));
        if (fine && onDelete != "" && onUpdate != "")
            table.ForeignKeys.Add(new ForeignKeyItem(place, life, ofColumn, key) { OnDelete = onDelete, OnUpdate = onUpdate });
    }

    /// <returns>In upper case; null: PostgreSQL's default; empty: a mistake.</returns>
    private static string? Action(string? written, Place place, Mistakes mistakes)
    {
        if (written is null) return null;
        var action = string.Join(' ', written.ToUpperInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (Actions.Contains(action)) return action == "NO ACTION" ? null : action;
        mistakes.Add("KU-2113", place, $"'{written}' is no action of a foreign key.", $"Write one of: {string.Join(", ", Actions)}.");
        return "";
    }

    private static void ReadIndex(TableItem table, DeclaredIndex index, Span? life, Mistakes mistakes)
    {
        var place = table.Place with { Part = index.Name };
        var fine = NameCheck.Of(index.Name, place, mistakes) & NameCheck.IsSql(index.Columns, "the list of columns", place, mistakes)
            & NameCheck.IsSql(index.Where, "its condition", place, mistakes)
            & (index.Include is not { } include || HasColumns(include, place, mistakes))
            & (index.Method is null || NameCheck.Of(index.Method, place, mistakes));
        if (Span.Read(index.Life, life, table.Name, place, mistakes) is { } span && fine)
            table.Indexes.Add(new IndexItem(place, span, index));
    }
}
