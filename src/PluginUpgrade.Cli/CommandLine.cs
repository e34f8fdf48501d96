using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Cli.Verbs;

namespace PluginUpgrade.Cli;

/// <summary>Parses the command line and runs the verb. Each verb has a file of its own in Verbs.</summary>
public static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        // A process with several runs: forget the options of the previous one.
        NextCommand.AddToAll([]);
        var gone = LeaveDirectoryThatIsGone();
        if (Suggestions.IsAsked(args)) return Suggestions.Write(args);
        var (parsed, shared) = Parse(args);
        shared.GoneDirectory = gone;
        if (parsed.Errors.Count == 0) NextCommand.AddToAll(shared.Which(parsed));
        if (parsed.Errors.Count > 0) return Usage(parsed, shared, UsageErrors.Of(parsed));
        var before = Before(parsed);
        if (before.Count > 0) return Usage(parsed, shared, [$"Unknown words before the verb: {string.Join(", ", before)}."]);
        // StopSignals handles signals: the first one ends the command after the running steps, without cancelling them.
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
            Output = StandardStreams.Out,
            Error = StandardStreams.Error,
        });
        // --help and --version: a verb has reported the failure itself.
        return exitCode == 0 && StandardStreams.OutFailure is not null && parsed.Action is not AsynchronousCommandLineAction
            ? 2 : exitCode;
    }

    /// <summary>Options before the verb count as the verb's options.</summary>
    public static (ParseResult Parsed, SharedOptions Shared) Parse(string[] args)
    {
        var (words, settings) = SettingArguments.Split(args);
        var shared = new SharedOptions(settings, args);
        var root = Root(shared);
        // No response files: an argument that begins with @ is an ordinary name.
        return (root.Parse(VerbFirst.Order(root, words), new ParserConfiguration { ResponseFileTokenReplacer = null }), shared);
    }

    /// <summary>The runtime cannot start a program from a deleted current directory. With --root the command does not need one.</summary>
    /// <returns>The deleted directory; null if it exists.</returns>
    private static string? LeaveDirectoryThatIsGone()
    {
        try
        {
            _ = Directory.GetCurrentDirectory();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var gone = new FileInfo("/proc/self/cwd").LinkTarget;
            Directory.SetCurrentDirectory("/");
            return gone;
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
        root.Add(SchemaVerb.Create(shared));
        root.Add(BaselineVerb.Create(shared));
        root.Add(AcceptVerb.Create(shared));
        root.Add(RestoreVerb.Create(shared));
        root.Add(SaveVerb.Create(shared));
        root.Add(SavesVerb.Create(shared));
        root.Add(RollbackVerb.Create(shared));
        root.Add(PurgeVerb.Create(shared));
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

    /// <summary>Options that the parser assigned to the default verb although another verb is named: they would be ignored.</summary>
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
