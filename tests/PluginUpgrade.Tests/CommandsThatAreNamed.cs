using System.CommandLine;
using System.Text.RegularExpressions;
using PluginUpgrade.Cli;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Cli.Verbs;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;

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

    /// <summary>What follows a command would be pasted with it: a full stop, a bracket, the next sentence.</summary>
    [Fact]
    public void G1d_stand_at_the_end_of_their_messages()
    {
        var found = 0;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            for (var at = text.IndexOf(Call, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Call, at + 1, StringComparison.Ordinal))
            {
                found++;
                var end = EndOfCall(text, at + Call.Length);
                var after = text[end..Math.Min(text.Length, end + 30)];
                // The end of a hole in a string is followed by the string's own, and that by no other string.
                Assert.True(AtTheEnd().IsMatch(after), $"{Path.GetFileName(file)}: {text[at..end]}{after}");
                // What only the reader knows: which version it is, and why.
                Assert.DoesNotMatch(@"\b(FILE|DIR|NAME|INSTANCE|MODULE|RUN|ID|V|N|WHEN|LABEL|KEY)\b", text[at..end]);
            }
        }
        Assert.True(found > 50, $"{found}");
    }

    private const string Call = "NextCommand.Of(";

    /// <summary>Behind the bracket that closes it. Strings in it have their brackets in pairs.</summary>
    private static int EndOfCall(string text, int at)
    {
        for (var depth = 1; depth > 0; at++) depth += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
        return at;
    }

    /// <summary>Each option that a plan's request can hold.</summary>
    [Fact]
    public void G1d_plan_again_what_a_plan_was_made_for()
    {
        var request = new PlanRequest
        {
            Instances = ["a*", "globex"],
            Labels = ["ring=canary one"],
            Exclude = ["x?"],
            OnlyFailed = true,
            From = "1.1",
            To = "1.2",
            RecordOnly = true,
            Order = StepOrder.InstallationFirst,
            Atomic = true,
            InstallationOnly = true,
            SkipInstallation = true,
            SkipUnreachable = true,
            AllowMissing = true,
            AllowChanged = true,
            AllowOutOfOrder = true,
            Save = SaveRule.Always,
        };

        var words = request.Words();

        Assert.StartsWith(" 'a*' globex --label 'ring=canary one' --exclude 'x?' --only-failed --from 1.1 --to 1.2 ", words);
        var parsed = CommandLine.Parse(["plan", .. Regex.Matches(words, "'[^']*'|[^ ]+").Select(word => word.Value.Trim('\''))]).Parsed;
        Assert.Empty(parsed.Errors);
        // Instances are an argument, From and To have two words, and --save stands for Save.
        Assert.Equal(typeof(PlanRequest).GetProperties().Length - 1, parsed.CommandResult.Children
            .OfType<System.CommandLine.Parsing.OptionResult>().Count(option => !option.Implicit));
        Assert.Equal(" --no-save", (new PlanRequest { Save = SaveRule.Never }).Words());
        Assert.Equal("", (new PlanRequest { Save = SaveRule.Auto }).Words());
    }

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

    /// <summary>Scripts compare these words.</summary>
    [Fact]
    public void G1m_the_documents_explain_every_outcome_of_JSON()
    {
        var row = File.ReadLines(Path.Combine(Repository(), "docs", "operating.md"))
            .Single(line => line.StartsWith("| `outcome` |", StringComparison.Ordinal));
        Assert.All(Outcome.All, outcome => Assert.Contains($"`{outcome}`", row));
        Assert.All((int[])[0, 1, 2, 3, 130], code => Assert.Contains(Outcome.Of(code), Outcome.All));
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex("""^(\}"(?!\s*\+)|(?!\s*\+|\}))""")]
    private static partial Regex AtTheEnd();

    [GeneratedRegex(
        "\"[^\"]*krang-upgrade (status|history|modules|check|baseline|psql|saves?|restore|rollback|purge|reset|plan|upgrade|run|files)\\b")]
    private static partial Regex WrittenOut();
}
