using PluginUpgrade.Cli.Terminal;
using Spectre.Console.Testing;

namespace PluginUpgrade.Tests.Terminal;

public class ATableOfText
{
    private static readonly Column[] Columns =
        [new("TARGET"), new("MODULE", Drop: 2), new("TOOK", Drop: 3), new("STATE"), new("NOTE", Wraps: true)];

    private static readonly string[][] Rows =
    [
        ["acme", "V1_002", "0.010 s", "done", ""],
        ["globex-of-the-north", "V1_002_with_a_long_name", "12.345 s", "failed", "column \"foo_id\" of relation \"story\" already exists"],
    ];

    [Theory]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(140)]
    public void G1a_shows_every_meaning_at_every_width(int width)
    {
        var lines = Shown(width);

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        var words = string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var cell in Rows.SelectMany(row => new[] { row[0], row[3], row[4] }))
            Assert.Empty(cell.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(words));
        Assert.DoesNotContain(lines, line => line.Contains('…'));
    }

    [Fact]
    public void G1a_leaves_the_least_important_column_out_first()
    {
        Assert.Contains(Shown(140), line => line.Contains("TOOK"));
        Assert.DoesNotContain(Shown(87), line => line.Contains("TOOK"));
        Assert.Contains(Shown(87), line => line.Contains("MODULE"));
        Assert.DoesNotContain(Shown(65), line => line.Contains("MODULE"));
    }

    [Fact]
    public void G1a_lists_all_cells_of_a_row_where_no_table_fits()
    {
        var lines = Shown(26);

        Assert.Contains("MODULE  V1_002", lines);
        Assert.Contains("TOOK    12.345 s", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("NOTE", StringComparison.Ordinal) && line.Trim() == "NOTE");
    }

    [Fact]
    public void G1a_tells_sentences_below_their_rows_where_the_other_columns_fit() => Assert.Equal(
        [
            "TARGET               STATE", "acme                 done", "globex-of-the-north  failed", "    column \"foo_id\" of",
            "    relation \"story\" already", "    exists",
        ],
        Shown(30).Where(line => line.Length > 0));

    [Fact]
    public void Leaves_a_column_out_that_says_nothing()
    {
        using var console = new TestConsole().Width(80);
        console.Write(TextTable.Of(Columns, [["acme", "", "0.010 s", "done", ""]], 80));

        Assert.Equal("TARGET  TOOK     STATE", console.Output.Split('\n')[0].TrimEnd());
    }

    private static List<string> Shown(int width)
    {
        using var console = new TestConsole().Width(width);
        console.Write(TextTable.Of(Columns, Rows, width));
        return [.. console.Output.Split('\n').Select(line => line.TrimEnd())];
    }
}
