using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli;

/// <summary>One screen about the program. For each verb: the help that the library writes, and examples.</summary>
public static class Help
{
    /// <summary>At most 24 lines of 80 characters; a test counts them.</summary>
    public const string Screen = """
        krang-upgrade upgrades installed software: first the installation, then each
        instance. Without a verb it upgrades everything to the newest version.

        Upgrade   plan, check, upgrade, run, files
        Look      status, history, modules, schema, psql
        Go back   save, saves, restore, rollback, purge
        Repair    reset, baseline, accept
        Set up    init, new, completion

        Examples:
          krang-upgrade plan                    what would be done; changes nothing
          krang-upgrade --to 1.002              upgrade everything to version 1.002
          krang-upgrade upgrade acme globex     only these instances

        Options of every verb:
          --root DIR       the installation's directory (default: the current one)
          --config FILE    the settings file (default: krang-upgrade.json there)
          --modules DIR    the folder of modules (default: upgrade/ there)
          --json           one JSON document on standard output
          --quiet, --verbose, --no-color, --version, --allow-insecure-modules

        All options and examples of a verb: krang-upgrade VERB --help; without a verb
        the options are those of upgrade. Exit codes: 0 done, 1 failed, 2 refused.
        """;

    /// <summary>The examples of each verb. A test parses each one as the program does.</summary>
    public static IReadOnlyDictionary<string, string[]> Examples { get; } = new Dictionary<string, string[]>
    {
        ["upgrade"] =
        [
            "krang-upgrade upgrade", "krang-upgrade upgrade acme --to 1.002", "krang-upgrade upgrade --exclude globex --parallel 4",
        ],
        ["plan"] = ["krang-upgrade plan", "krang-upgrade plan acme --to 1.002", "krang-upgrade plan --out plan.json"],
        ["check"] = ["krang-upgrade check", "krang-upgrade check acme --to 1.002"],
        ["schema"] = ["krang-upgrade schema print --from 1.001", "krang-upgrade schema print acme", "krang-upgrade schema check"],
        ["run"] = ["krang-upgrade run V1_002 acme", "krang-upgrade run 1.002 acme --dry-run"],
        ["files"] = ["krang-upgrade files", "krang-upgrade files --dry-run"],
        ["status"] = ["krang-upgrade status", "krang-upgrade status 'a*' --list", "krang-upgrade status --exit-code --json"],
        ["history"] = ["krang-upgrade history", "krang-upgrade history acme"],
        ["modules"] = ["krang-upgrade modules", "krang-upgrade modules --json"],
        ["baseline"] = ["krang-upgrade baseline 1.001 acme", "krang-upgrade baseline 1.001 acme --replace"],
        ["accept"] = ["krang-upgrade accept 1.002 acme --reason harmless --dry-run"],
        ["new"] = ["krang-upgrade new 1.005"],
        ["save"] = ["krang-upgrade save", "krang-upgrade save acme --dry-run"],
        ["saves"] = ["krang-upgrade saves --verify", "krang-upgrade saves --older-than 30d --keep 5 --yes"],
        ["restore"] = ["krang-upgrade restore acme --dry-run", "krang-upgrade restore acme --yes"],
        ["rollback"] = ["krang-upgrade rollback acme --dry-run", "krang-upgrade rollback acme --yes"],
        ["purge"] = ["krang-upgrade purge acme --dry-run", "krang-upgrade purge --all --yes"],
        ["reset"] = ["krang-upgrade reset acme", "krang-upgrade reset installation --dry-run"],
        ["psql"] = ["krang-upgrade psql acme", "krang-upgrade psql acme --command 'SELECT 1'"],
        ["init"] = ["krang-upgrade init", "krang-upgrade init --root /srv/krang"],
        ["completion"] = ["krang-upgrade completion bash > /etc/bash_completion.d/krang-upgrade"],
    };

    public static void AddTo(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Action((HelpAction)option.Action!);
    }

    /// <summary>On a narrower terminal, lines are broken between words.</summary>
    public static string ScreenOf(int width) => width >= 80 ? Screen : string.Join("\n\n",
        Screen.Split("\n\n").Select(part => string.Join('\n', Lines(part).Select(line => Wrapped(line, width)))));

    /// <summary>A paragraph of prose is joined into one line; tables keep their lines.</summary>
    private static string[] Lines(string part) =>
        part.Contains("  ", StringComparison.Ordinal) ? part.Split('\n') : [part.Replace('\n', ' ')];

    /// <summary>Breaks a line. Continuation lines are indented to its last column, where there is room.</summary>
    private static string Wrapped(string line, int width)
    {
        var column = line.LastIndexOf("  ", StringComparison.Ordinal) + 2;
        var indent = column < 2 ? 0 : column < width / 2 ? column : 4;
        List<string> lines = [];
        while (line.Length > width && line.LastIndexOf(' ', width) is var end && end > indent)
        {
            lines.Add(line[..end].TrimEnd());
            line = new string(' ', indent) + line[(end + 1)..];
        }
        return string.Join('\n', lines.Append(line));
    }

    private sealed class Action(HelpAction library) : SynchronousCommandLineAction
    {
        /// <summary>Help is shown even if the rest of the command line is wrong.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parsed)
        {
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.CommandResult.Command is RootCommand)
            {
                output.WriteLine(ScreenOf(StandardStreams.OutWidth ?? 80));
                return 0;
            }
            // The library takes the terminal's width. In a file or a pipe, 80 columns fit everywhere.
            if (library.MaxWidth == int.MaxValue) library.MaxWidth = 80;
            var exitCode = library.Invoke(parsed);
            if (!Examples.TryGetValue(parsed.CommandResult.Command.Name, out var examples)) return exitCode;
            output.WriteLine("Examples:");
            foreach (var example in examples) output.WriteLine($"  {example}");
            return exitCode;
        }
    }
}
