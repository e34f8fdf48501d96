using Spectre.Console;
using Spectre.Console.Rendering;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Rows of text as a table. On a narrow terminal, less important columns are left out; if that is not enough, the sentences of the last
/// column are written below their rows; if that does not fit either, each row becomes a list of its cells. No cell is cut.
/// </summary>
public static class TextTable
{
    /// <summary>The least width of a column of sentences.</summary>
    private const int NarrowestSentence = 24;

    private const int Gap = 2;

    /// <summary>How far a sentence below its row is indented.</summary>
    private const int Indent = 4;

    /// <param name="width">Of the terminal, in characters.</param>
    public static IRenderable Of(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows, int width)
    {
        // Columns without any text are left out.
        List<ShownColumn> all = [.. columns.Index().Where(column => rows.Count == 0 || rows.Any(row => row[column.Index].Length > 0))
            .Select(column => ShownColumn.Of(column.Index, column.Item, rows))];
        if (Fitting(all, width) is { } shown) return Table(rows, shown);
        return all is [.., { Wraps: true } sentence] && Fitting(all[..^1], width) is { Count: > 1 } others
            ? Folded(rows, others, sentence) : Records(columns, rows);
    }

    /// <summary>The columns that fit, without the least important ones; null if the columns that must stay are too wide.</summary>
    private static List<ShownColumn>? Fitting(IEnumerable<ShownColumn> columns, int width)
    {
        List<ShownColumn> shown = [.. columns];
        while (WidthOf(shown) > width)
        {
            if (shown.Where(column => column.Drop > 0).MaxBy(column => column.Drop) is not { } dropped) return null;
            shown.Remove(dropped);
        }
        return Widened(shown, width - WidthOf(shown));
    }

    private static int WidthOf(IEnumerable<ShownColumn> shown) => shown.Sum(column => column.Width + Gap) - Gap;

    /// <summary>Gives the remaining width to the columns that need it, from left to right.</summary>
    private static List<ShownColumn> Widened(IEnumerable<ShownColumn> shown, int room)
    {
        List<ShownColumn> wide = [];
        foreach (var column in shown)
        {
            var more = Math.Min(room, column.Longest - column.Width);
            wide.Add(column with { Width = column.Width + more });
            room -= more;
        }
        return wide;
    }

    private static Table Table(IReadOnlyList<IReadOnlyList<string>> rows, List<ShownColumn> shown)
    {
        var table = Empty(shown);
        foreach (var row in rows) table.AddRow(shown.Select(column => new Text(row[column.Index])));
        return table;
    }

    /// <summary>A table without its last column, whose sentences are written below their rows.</summary>
    private static Rows Folded(IReadOnlyList<IReadOnlyList<string>> rows, List<ShownColumn> shown, ShownColumn sentence)
    {
        List<IRenderable> parts = [Empty(shown).HideHeaders().AddRow(shown.Select(column => Heading(column.Heading)))];
        foreach (var row in rows)
        {
            parts.Add(Empty(shown).HideHeaders().AddRow(shown.Select(column => new Text(row[column.Index]))));
            if (row[sentence.Index] is { Length: > 0 } text) parts.Add(new Padder(new Text(text), new Padding(Indent, 0, 0, 0)));
        }
        return new Rows(parts);
    }

    private static Table Empty(List<ShownColumn> shown)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in shown)
            table.AddColumn(new TableColumn(Heading(column.Heading))
            {
                Width = column.Width,
                NoWrap = !column.Wraps,
                Padding = new Padding(0, 0, column == shown[^1] ? 0 : Gap, 0),
            });
        return table;
    }

    /// <param name="Longest">Width of its longest cell.</param>
    /// <param name="Width">At first the least readable width: no word is broken.</param>
    private sealed record ShownColumn(int Index, string Heading, int Drop, bool Wraps, int Longest, int Width)
    {
        public static ShownColumn Of(int index, Column column, IReadOnlyList<IReadOnlyList<string>> rows)
        {
            var cells = rows.Select(row => row[index]).Append(column.Heading).ToList();
            var longest = cells.Select(cell => cell.GetCellWidth()).Max();
            var word = cells.SelectMany(cell => cell.Split(' ')).Select(part => part.GetCellWidth()).Max();
            return new ShownColumn(index, column.Heading, column.Drop, column.Wraps, longest,
                column.Wraps ? Math.Max(word, Math.Min(longest, NarrowestSentence)) : longest);
        }
    }

    private static Rows Records(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows) => new(rows.Select(row =>
    {
        var record = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, Gap, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        foreach (var (i, column) in columns.Index())
            if (row[i].Length > 0) record.AddRow(Heading(column.Heading), new Text(row[i]));
        return new Rows(record, Text.Empty);
    }));

    private static Text Heading(string text) => new(text, new Style(decoration: Decoration.Bold));
}
