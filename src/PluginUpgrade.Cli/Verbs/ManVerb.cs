using System.CommandLine;
using System.Text;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Prints the manual page, generated from the texts of --help. A test compares it with docs/krang-upgrade.1.</summary>
public static class ManVerb
{
    public static Command Create(SharedOptions shared) => new Command("man", "Print the manual page.") { Hidden = true }
        .Does(shared, context =>
        {
            var page = Page((RootCommand)CommandLine.Parse([]).Parsed.RootCommandResult.Command);
            if (context.Output.IsJson) context.Output.Json(Outcome.Done, 0, [], new { Page = page });
            context.Output.WriteSql(page.TrimEnd());
            return Task.FromResult(0);
        });

    public static string Page(RootCommand root)
    {
        var page = new StringBuilder();
        Line(".TH KRANG-UPGRADE 1 \"\" \"krang-upgrade\" \"User Commands\"");
        Line(".SH NAME");
        Line($"krang-upgrade \\- {Text(root.Description ?? "")}");
        Line(".SH SYNOPSIS");
        Line(".B krang-upgrade\n[\\fIVERB\\fR] [\\fIWORD\\fR]... [\\fIOPTION\\fR]...");
        Line(".SH OPTIONS OF EVERY VERB");
        foreach (var option in Shown(root).Where(option => option.Recursive)) Write(option);
        Line(".SH VERBS");
        foreach (var verb in root.Subcommands.Where(verb => !verb.Hidden)) Write(verb);
        Line(".SH EXIT STATUS");
        (string, string)[] codes =
        [
            ("0", "done, or nothing to do"), ("1", "a step failed; the same command continues"), ("2", "refused: nothing was changed"),
            ("3", "something is pending (--exit-code)"), ("130", "stopped by the user"),
        ];
        foreach (var (code, what) in codes) Line($".TP\n.B {code}\n{what}");
        return $"{page}";

        void Line(string line) => page.Append(line).Append('\n');

        void Write(Symbol symbol)
        {
            if (symbol is Option option)
                Line($".TP\n\\fB{Text(option.Name)}\\fR{ValueOf(option)}\n{Text(option.Description ?? "")}");
            if (symbol is not Command verb) return;
            Line($".SS {Text(verb.Name)}{string.Concat(verb.Arguments.Select(argument => $" {argument.Name}"))}");
            Line(Text(verb.Description ?? ""));
            foreach (var own in Shown(verb).Where(one => !one.Recursive)) Write(own);
            if (!Help.Examples.TryGetValue(verb.Name, out var examples)) return;
            Line(".PP\nExamples:\n.nf");
            foreach (var example in examples) Line($"  {Text(example)}");
            Line(".fi");
        }
    }

    private static string ValueOf(Option option) => option.HelpName is { } value ? $" \\fI{Text(value)}\\fR" : "";

    private static IEnumerable<Option> Shown(Command command) => command.Options.Where(option => !option.Hidden);

    /// <summary>Escapes the characters that roff would interpret.</summary>
    private static string Text(string text)
    {
        var plain = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return plain.StartsWith('.') || plain.StartsWith('\'') ? $"\\&{plain}" : plain;
    }
}
