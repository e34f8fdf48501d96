using Spectre.Console;
using Spectre.Console.Rendering;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Rows of text, as a table where that fits. On a narrow terminal columns of little meaning are left out; if that does not suffice, each
/// row becomes a list of all its cells. No cell is cut.
/// </summary>
public static class TextTable
{
    /// <summary>A column of sentences that is narrower cannot be read.</summary>
    private const int NarrowestSentence = 24;

    private const int Gap = 2;

    /// <param name="width">Of the terminal, in characters.</param>
    public static IRenderable Of(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows, int width)
    {
        List<int> shown = [.. columns.Index().Select(column => column.Index)];
        while (WidthOf(shown) > width)
        {
            var dropped = shown.Where(i => columns[i].Drop > 0).OrderByDescending(i => columns[i].Drop).Take(1).ToList();
            if (dropped.Count == 0) return Records(columns, rows);
            shown.Remove(dropped[0]);
        }
        return Table(columns, rows, shown);

        int WidthOf(IEnumerable<int> some) => some.Sum(i => Narrowest(i) + Gap) - Gap;

        int Narrowest(int i)
        {
            var longest = rows.Select(row => row[i].GetCellWidth()).Append(columns[i].Heading.Length).Max();
            if (!columns[i].Wraps) return longest;
            var word = rows.SelectMany(row => row[i].Split(' ')).Select(part => part.GetCellWidth()).DefaultIfEmpty().Max();
            return Math.Max(word, Math.Min(longest, NarrowestSentence));
        }
    }

    private static Table Table(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows, List<int> shown)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var i in shown)
            table.AddColumn(new TableColumn(Heading(columns[i]))
            {
                NoWrap = !columns[i].Wraps,
                Padding = new Padding(0, 0, i == shown[^1] ? 0 : Gap, 0),
            });
        foreach (var row in rows) table.AddRow(shown.Select(i => new Text(row[i])));
        return table;
    }

    private static Rows Records(IReadOnlyList<Column> columns, IReadOnlyList<IReadOnlyList<string>> rows) => new(rows.Select(row =>
    {
        var record = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, Gap, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        foreach (var (i, column) in columns.Index())
            if (row[i].Length > 0) record.AddRow(Heading(column), new Text(row[i]));
        return new Rows(record, Text.Empty);
    }));

    private static Text Heading(Column column) => new(column.Heading, new Style(decoration: Decoration.Bold));
}
