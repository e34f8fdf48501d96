using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Cli.Verbs;

namespace PluginUpgrade.Cli;

/// <summary>Words on the command line to a verb. One file a verb, in Verbs.</summary>
public static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        // Of the run before, where a process has several.
        NextCommand.AddToAll([]);
        LeaveDirectoryThatIsGone();
        if (Suggestions.IsAsked(args)) return Suggestions.Write(args);
        var (parsed, shared) = Parse(args);
        if (parsed.Errors.Count == 0) NextCommand.AddToAll(shared.Which(parsed));
        if (parsed.Errors.Count > 0) return Usage(parsed, shared, UsageErrors.Of(parsed));
        var before = Before(parsed);
        if (before.Count > 0) return Usage(parsed, shared, [$"Words before the verb are not understood: {string.Join(", ", before)}."]);
        // Signals are ours: the first asks for an end after the running steps, not for a cancelled one.
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
            Output = StandardStreams.Out,
            Error = StandardStreams.Error,
        });
        // Of --help and --version; a verb has told it.
        return exitCode == 0 && StandardStreams.OutFailure is not null && parsed.Action is not AsynchronousCommandLineAction
            ? 2 : exitCode;
    }

    /// <summary>Options that stand before the verb are its options too.</summary>
    public static (ParseResult Parsed, SharedOptions Shared) Parse(string[] args)
    {
        var (words, settings) = SettingArguments.Split(args);
        var shared = new SharedOptions(settings, args);
        var root = Root(shared);
        // Without response files: an argument that begins with @ is a name like any other.
        return (root.Parse(VerbFirst.Order(root, words), new ParserConfiguration { ResponseFileTokenReplacer = null }), shared);
    }

    /// <summary>Where there is no current directory, the runtime could not start a program. With --root nobody needs one.</summary>
    private static void LeaveDirectoryThatIsGone()
    {
        try
        {
            _ = Directory.GetCurrentDirectory();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Directory.SetCurrentDirectory("/");
        }
    }

    private static RootCommand Root(SharedOptions shared)
    {
        var root = new RootCommand("Upgrades installed software from one version to another: first the installation, then each instance.");
        shared.AddTo(root);
        UpgradeVerb.AddTo(root, shared);
        root.Add(UpgradeVerb.Create(shared));
        root.Add(FilesVerb.Create(shared));
        root.Add(PlanVerb.Create(shared));
        root.Add(RunVerb.Create(shared));
        root.Add(StatusVerb.Create(shared));
        root.Add(HistoryVerb.Create(shared));
        root.Add(ModulesVerb.Create(shared));
        root.Add(CheckVerb.Create(shared));
        root.Add(BaselineVerb.Create(shared));
        root.Add(AcceptVerb.Create(shared));
        root.Add(RestoreVerb.Create(shared));
        root.Add(SaveVerb.Create(shared));
        root.Add(SavesVerb.Create(shared));
        root.Add(ResetVerb.Create(shared));
        root.Add(PsqlVerb.Create(shared));
        root.Add(InitVerb.Create(shared));
        root.Add(NewVerb.Create(shared));
        root.Add(CompletionVerb.Create(shared));
        root.Add(ManVerb.Create(shared));
        Help.AddTo(root);
        CompletionVerb.AddTo(root, shared);
        return root;
    }

    /// <summary>Options that the parser gave to the default verb although another one was named: they would be ignored.</summary>
    private static IReadOnlyList<string> Before(ParseResult parsed) => parsed.CommandResult == parsed.RootCommandResult ? [] :
    [
        .. parsed.RootCommandResult.Children.OfType<OptionResult>()
            .Where(result => result is { Implicit: false, Option.Recursive: false }).Select(result => result.Option.Name),
    ];

    private static int Usage(ParseResult parsed, SharedOptions shared, IReadOnlyList<string> wrong)
    {
        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        using var output = Output.Of(parsed, shared, []);
        var next = $"See: krang-upgrade{verb} --help";
        return output.Refuse([.. wrong.Select(message => new Problem("KU-1101", "", message, next))]);
    }
}
