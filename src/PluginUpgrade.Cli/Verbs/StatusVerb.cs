using System.CommandLine;
using PluginUpgrade.Checks;
using PluginUpgrade.Reports;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Where every target stands, what is pending, who holds a lock.</summary>
public static class StatusVerb
{
    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("status", "Show where every target stands, what is pending, and who holds a lock.")
        {
            SharedOptions.Instances, shared.ExitCode,
        };
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var names = context.Value(SharedOptions.Instances) ?? [];
        await using var situation = await context.SituationAsync(names);
        var problems = situation.Problems.Concat(situation.Catalogue.Problems.Select(found => found.Problem))
            .Concat(situation.Facts.Where(facts => facts.Target.Active).SelectMany(JournalCheck.Find)).Distinct().ToList();
        // A name that does not exist is no status; all else is told beside what could be read.
        if (situation.Problems.Any(problem => problem.Code is "KU-1208" or "KU-1209")) throw new UpgradeException(situation.Problems);
        var statuses = situation.Facts
            .Skip(names.Length == 0 ? 0 : 1)
            .Select(facts => TargetStatus.Of(facts, situation.Catalogue.Modules))
            .ToList();
        var exitCode = problems.Any(p => p.Severity == Severity.Error) || statuses.Any(status => status.Status == "unreachable") ? 2
            : context.Value(shared.ExitCode) && statuses.Any(status => status.Pending.Count > 0) ? 3 : 0;
        if (context.Output.IsJson)
            context.Output.Json(new { ExitCode = exitCode, Targets = statuses.Select(Document), Problems = problems });
        else
        {
            context.Output.Table(["TARGET", "STATUS", "VERSION", "PENDING", "PLACE", "NOTE"], statuses.Select(status => (string[])
            [
                $"{status.Target}", status.Status, Version(status), status.Pending.Count == 0 ? "-" : string.Join(", ", status.Pending),
                $"{status.Target.DatabaseName}.{status.Target.Schema}", status.Note,
            ]));
            context.Output.Print(problems);
        }
        return exitCode;
    }

    private static string Version(TargetStatus status) => status switch
    {
        { Version: { } version } => $"{version}",
        { Status: "inactive" or "unreachable" } => "-",
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
    };
}
