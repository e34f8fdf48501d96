using System.CommandLine;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Reports;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Shows each target's version, what is pending, and who holds a lock.</summary>
public static class StatusVerb
{
    /// <summary>More instances than this are summarised, unless --list is given.</summary>
    private const int FewEnoughToList = 20;

    private static readonly Column[] Columns =
    [
        new("TARGET"), new("STATUS"), new("VERSION"), new("PENDING", Wraps: true), new("PLACE", Drop: 1), new("NOTE", Wraps: true),
    ];

    private static readonly Column[] FleetColumns =
        [new("VERSION"), new("TARGETS"), new("PENDING", Wraps: true), new("WHICH", Wraps: true)];

    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<bool> List = new("--list") { Description = "List every target, even in a large fleet." };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("status", "Show each target's version, what is pending, what is kept, and who holds a lock.")
        {
            SharedOptions.Instances, shared.ExitCode, List,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var state = await context.Flow.ReadAsync(new InstallationQuestion(choice, context.Problems) { SizesOfKept = true });
        var problems = Problem.Together(state.Problems.Concat(state.Catalogue.Problems.Select(found => found.Problem))
            .Concat(state.Targets.Where(one => one.Target.Active).SelectMany(JournalCheck.Find))
            .Concat(Preflight.IsUsable(state.Installation) ? DisagreementOf(state) : []).Distinct());
        // Unknown names or labels refuse the command; other problems are reported together with what could be read.
        if (state.Problems.Any(problem => problem.Code is "KU-1208" or "KU-1209" or "KU-1211" or "KU-1212" or "KU-1109"))
            throw new UpgradeException(state.Problems);
        context.Output.NameServers(isResult: true);
        var targets = state.Targets.Skip(choice.OnlyInstances ? 1 : 0).ToList();
        var statuses = targets.Select(one => TargetStatus.Of(one, state.Catalogue.Modules, state.Files.Ready));
        var summary = new FleetSummary();
        // Statuses are computed one by one and not kept: only the summary of ten thousand targets stays in memory.
        using var document = context.Output.IsJson ? context.Output.JsonDocument() : null;
        document?.BeginList("targets");
        foreach (var status in statuses)
        {
            summary.Add(status);
            document?.Item(Document(status));
        }
        var exitCode = problems.HaveErrors() || summary.Statuses.Any(status => status.Status == "unreachable") ? 2
            : context.Value(shared.ExitCode) && summary.Lagging > 0 ? 3 : 0;
        document?.Outcome(exitCode == 0 && summary.Lagging > 0 ? Outcome.Pending : Outcome.Of(exitCode), exitCode, problems);
        document?.Property("summary", Document(summary));
        document?.Property("programFiles", state.Files.Record);
        if (document is not null) return exitCode;

        var isWhole = !choice.OnlyInstances && choice.Excluded.Count == 0;
        var isSummary = isWhole && !context.Value(List) && summary.Count > FewEnoughToList + 1;
        if (isSummary) Print(context.Output, summary);
        else PrintAll(context.Output, statuses);
        KeptList.PrintWithCommands(context.Output, [.. KeptList.Of(targets)], isSummary);
        context.Output.Print(problems);
        return exitCode;
    }

    private static IEnumerable<Problem> DisagreementOf(InstallationState state) =>
        state.Files.Disagreement(InstallationState.Progress(state.Installation));

    private static void PrintAll(Output output, IEnumerable<TargetStatus> statuses) =>
        output.Table(Columns, statuses.Select(status => (string[])
        [
            $"{status.Target}", status.Status, Version(status), status.Pending.Count == 0 ? "-" : string.Join(", ", status.Pending),
            $"{status.Target.DatabaseName}.{status.Target.Schema}", status.Note,
        ]));

    private static void Print(Output output, FleetSummary summary)
    {
        var statuses = string.Join(", ", summary.Statuses.Select(status => $"{status.Count} {status.Status}"));
        output.WriteResult(
            $"{Words.Count(summary.Count, "target")}, including the installation: {statuses}; {summary.Lagging} with steps pending.");
        output.WriteResult("");
        output.Table(FleetColumns, summary.Places.Select(place => (string[])
        [
            place.Version is { } version ? $"{version}" : "unknown", $"{place.Targets.Count}",
            place.Pending.Length > 0 ? place.Pending : "-", $"{place.Targets}",
        ]));
        foreach (var (status, why, targets) in summary.Troubles)
        {
            output.WriteResult("");
            output.WriteResult($"{status}, {Words.Count(targets.Count, "target")}: {why}");
            output.WriteResult($"  {targets}");
        }
        output.WriteResult("");
        output.WriteResult(
            $"To show only some targets, use names, patterns, --label or --only-failed. To list all: {NextCommand.Of("status --list")}");
    }

    private static object Document(FleetSummary summary) => new
    {
        Targets = summary.Count,
        summary.Lagging,
        Statuses = summary.Statuses.ToDictionary(status => status.Status, status => status.Count),
        Versions = summary.Places.Select(place => new { place.Version, place.Pending, place.Targets.Count, place.Targets.Examples }),
        Troubles = summary.Troubles.Select(trouble => new { trouble.Status, trouble.Why, trouble.Targets.Count, trouble.Targets.Examples }),
    };

    private static string Version(TargetStatus status) => status switch
    {
        { Status: "inactive" or "unreachable" or "missing" } => "-",
        { Version: { } version } => $"{version}",
        _ => "unknown",
    };

    private static object Document(TargetStatus status) => new
    {
        Target = $"{status.Target}",
        status.Target.Scope,
        status.Target.Name,
        status.Status,
        status.Version,
        status.Pending,
        status.Target.Server,
        Database = status.Target.DatabaseName,
        status.Target.Schema,
        status.Target.Labels,
        status.Note,
        Kept = status.Kept.Select(kept => KeptList.Document(new KeptOf(status.Target, kept))),
    };
}
