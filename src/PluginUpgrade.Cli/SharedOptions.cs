using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli;

/// <summary>The options of every verb, and the options that several verbs share.</summary>
/// <param name="settings">Settings given on the command line.</param>
/// <param name="words">The whole command line.</param>
public sealed class SharedOptions(IReadOnlyList<string> settings, IReadOnlyList<string> words)
{
    /// <summary>The command line as it was typed.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>The current directory if it was deleted: relative roots still refer to it. Else null.</summary>
    public string? GoneDirectory { get; set; }

    public Option<string> Root { get; } = Everywhere<string>("--root", "The installation's directory (default: the current one).", "DIR");

    public Option<string> Config { get; } = Everywhere<string>(
        "--config", "The settings file (default: krang-upgrade.json in the root).", "FILE");

    public Option<string> Modules { get; } = Everywhere<string>(
        "--modules", "The drop folder (default: the one in the settings, or upgrade/ in the root).", "DIR");

    public Option<bool> AllowInsecureModules { get; } = Everywhere<bool>(
        "--allow-insecure-modules", "Load modules even if other users could have changed them.");

    public Option<bool> Json { get; } = Everywhere<bool>("--json", "Write one JSON document to standard output.");

    public Option<bool> Quiet { get; } = Everywhere<bool>("--quiet", "Show errors only, no progress.");

    public Option<bool> Verbose { get; } = Everywhere<bool>(
        "--verbose", "Show more progress, and for failures the whole statement and stack traces.");

    public Option<bool> NoColor { get; } = Everywhere<bool>("--no-color", "Use no colours and no live view.");

    public Option<int?> Parallel { get; } = new("--parallel")
    {
        Description = "Work on N targets at a time (default: twice the number of processors).",
        HelpName = "N",
    };

    public Option<bool> Yes { get; } = new("--yes") { Description = "Answer yes to all questions." };

    public Option<bool> DryRun { get; } = new("--dry-run")
    {
        Description = "Run the modules' real code, roll it back, and print the SQL that it sent.",
    };

    public Option<bool> SkipUnreachable { get; } = new("--skip-unreachable")
    {
        Description = "Skip instances that cannot be reached.",
    };

    public Option<bool> ExitCode { get; } = new("--exit-code") { Description = "Exit with 3 when something is pending." };

    public static Argument<string[]> Instances { get; } = NoOption(new Argument<string[]>("INSTANCE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Only these instances, without the installation (default: the installation and all instances).",
    });

    /// <summary>Rejects words that begin with a dash: a misspelt option must not be taken for a name.</summary>
    public static Argument<T> NoOption<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            foreach (var word in result.Tokens.Where(token => token.Value.StartsWith('-')))
                result.AddError(UsageErrors.NoOption(((CommandResult)result.Parent!).Command, word.Value));
        });
        return argument;
    }

    public void AddTo(RootCommand root)
    {
        foreach (var version in root.Options.OfType<VersionOption>()) version.Recursive = true;
        foreach (Option option in (Option[])[Root, Config, Modules, AllowInsecureModules, Json, Quiet, Verbose, NoColor]) root.Add(option);
    }

    /// <summary>The settings, and every mistake in them.</summary>
    public (HostSettings Settings, IReadOnlyList<Problem> Problems) ReadSettings(ParseResult parsed)
    {
        List<string> arguments = [.. settings];
        if (parsed.GetResult(Parallel) is not null && parsed.GetValue(Parallel) is { } parallel)
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--Run:Parallel={parallel}"));
        var (read, problems) = SettingsReader.Read(RootOf(parsed), parsed.GetValue(Config), parsed.GetValue(Modules), arguments);
        read = read with
        {
            AllowInsecureModules = parsed.GetValue(AllowInsecureModules),
            ErrorDetail = parsed.GetValue(Verbose),
        };
        return (read, [.. problems, .. ObeyedFiles.Find(read, parsed.GetValue(Config))]);
    }

    public string RootOf(ParseResult parsed) => Path.Combine(GoneDirectory ?? "", parsed.GetValue(Root) ?? ".");

    /// <summary>The words of the command line that select the installation and its settings.</summary>
    public IEnumerable<string> Which(ParseResult parsed)
    {
        foreach (var option in (Option<string>[])[Root, Config, Modules])
            if (parsed.GetResult(option) is { Implicit: false } && parsed.GetValue(option) is { } value)
            {
                yield return option.Name;
                yield return value;
            }
        if (parsed.GetValue(AllowInsecureModules)) yield return AllowInsecureModules.Name;
        foreach (var setting in settings) yield return setting;
    }

    private static Option<T> Everywhere<T>(string name, string description, string? value = null) =>
        new(name) { Description = description, Recursive = true, HelpName = value };
}
