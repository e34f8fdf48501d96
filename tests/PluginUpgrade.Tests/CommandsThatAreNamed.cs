using System.CommandLine;
using System.Text.RegularExpressions;
using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Verbs;

namespace PluginUpgrade.Tests;

/// <summary>Commands in messages, in help and in the manual page.</summary>
public partial class CommandsThatAreNamed
{
    private static readonly RootCommand Root = (RootCommand)CommandLine.Parse([]).Parsed.RootCommandResult.Command;

    [Fact]
    public void G1d_have_the_options_that_say_which_installation_is_meant()
    {
        string[] typed =
            ["status", "--root", "/srv/it's here", "--modules=m", "--quiet", "--allow-insecure-modules", "--Run:Parallel", "4"];
        var (parsed, shared) = CommandLine.Parse(typed);

        NextCommand.AddToAll(shared.Which(parsed));

        Assert.Equal(
            "krang-upgrade reset acme --root '/srv/it'\\''s here' --modules m --allow-insecure-modules --Run:Parallel=4",
            NextCommand.Of("reset acme"));
        NextCommand.AddToAll([]);
        Assert.Equal(("krang-upgrade", "krang-upgrade saves"), (NextCommand.Of(""), NextCommand.Of("saves")));
    }

    /// <summary>A command that is written out in the code would lack them.</summary>
    [Fact]
    public void G1d_are_made_in_one_place() => Assert.Empty(
        from file in Directory.EnumerateFiles(Path.Combine(Repository(), "src"), "*.cs", SearchOption.AllDirectories)
        where !file.Contains("/obj/") && Path.GetFileName(file) is not ("Help.cs" or "NextCommand.cs" or "CommandLine.cs" or "PlanFile.cs")
        from line in File.ReadLines(file)
        where WrittenOut().IsMatch(line) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            && !line.Contains("Description =")
        select $"{Path.GetFileName(file)}: {line.Trim()}");

    [Fact]
    public void G1f_of_each_verbs_help_are_understood()
    {
        Assert.Equal(Root.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).Order(), Help.Examples.Keys.Order());
        foreach (var (verb, examples) in Help.Examples)
            foreach (var example in examples.Append($"krang-upgrade {verb} --help"))
            {
                var words = example.Split(" > ")[0].Split(' ')[1..];
                var parsed = CommandLine.Parse([.. words.Select(word => word.Trim('\''))]).Parsed;
                if (!example.Contains("'SELECT ")) Assert.Empty(parsed.Errors);
                Assert.Equal(verb, parsed.CommandResult.Command.Name);
            }
    }

    [Fact]
    public void G1f_the_help_fits_a_screen_and_names_every_verb()
    {
        var lines = Help.Screen.Split('\n');
        Assert.True(lines.Length <= 24, $"{lines.Length}");
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        foreach (var verb in Root.Subcommands.Where(verb => !verb.Hidden)) Assert.Matches($@"\b{verb.Name}\b", Help.Screen);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(40)]
    public void G1f_the_help_loses_no_word_on_a_narrow_terminal(int width)
    {
        var shown = Help.ScreenOf(width);

        Assert.All(shown.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Equal(Words(Help.Screen), Words(shown));

        static string[] Words(string text) => text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void G1m_the_manual_page_is_as_the_code_says()
    {
        var file = Path.Combine(Repository(), "docs", "krang-upgrade.1");
        if (Environment.GetEnvironmentVariable("KRANG_SNAPSHOTS") == "write") File.WriteAllText(file, ManVerb.Page(Root));
        Assert.Equal(File.ReadAllText(file), ManVerb.Page(Root));
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex("\"[^\"]*krang-upgrade (status|history|modules|check|baseline|psql|saves?|restore|reset|plan|upgrade|run|files)\\b")]
    private static partial Regex WrittenOut();
}
