using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Drift;
using PluginUpgrade.Instances;
using PluginUpgrade.Upgrades.Declared;

namespace PluginUpgrade.Cli.Verbs;

/// <summary><c>schema check</c>: the differences between targets and what is declared for their versions.</summary>
internal static class SchemaCheck
{
    /// <summary>The exit code where something differs.</summary>
    private const int Drifted = 3;

    public static async Task<int> RunAsync(VerbContext context, string[] names)
    {
        var state = await context.ReadAsync(new InstanceFilter { Names = names });
        List<Problem> problems = [.. state.Problems, .. Preflight.Find(state.Targets, skipUnreachable: false)];
        problems.AddRange(state.Catalogue.Problems.Select(found => found.Problem).Distinct());
        if (problems.HaveErrors()) throw new UpgradeException(Problem.Together(problems));
        context.Output.NameServers(isResult: !context.Output.IsJson);
        var drifts = await DriftRun.FindAsync(state, withInstallation: names.Length == 0, context.Signals.Stop);
        problems.AddRange(drifts.Select(drift => drift.Problem).OfType<Problem>());
        if (problems.HaveErrors()) throw new UpgradeException(Problem.Together(problems));
        var exitCode = drifts.Any(drift => drift.Differences.Count > 0) ? Drifted : 0;
        if (context.Output.IsJson)
            context.Output.Json(
                exitCode == 0 ? Outcome.Done : Outcome.Pending, exitCode, problems, new { Targets = drifts.Select(Document) });
        else Print(context.Output, drifts);
        return exitCode;
    }

    /// <summary>Targets with the same differences are shown together, with the statements of the first.</summary>
    private static void Print(Output output, IReadOnlyList<TargetDrift> drifts)
    {
        foreach (var alike in drifts.Where(drift => drift.Differences.Count > 0).GroupBy(Key))
        {
            var (first, names) = (alike.First(), PlanSummary.Names([.. alike.Select(drift => drift.Target)]));
            output.WriteResult($"{names}: {Words.Count(first.Differences.Count, "difference")}");
            foreach (var difference in first.Differences)
            {
                output.WriteResult($"  {$"{difference.Kind}".ToLowerInvariant()}: {difference.Item}{Said(difference)}");
                foreach (var sql in difference.Mend)
                    output.WriteResult($"    {sql}{(sql.StartsWith("--", StringComparison.Ordinal) ? "" : ";")}");
            }
            output.WriteResult("");
        }
        var drifted = drifts.Count(drift => drift.Differences.Count > 0);
        output.WriteResult(drifted == 0
            ? $"{Words.Count(drifts.Count, "target")} checked: no difference from the declared schema."
            : $"{Words.Count(drifts.Count, "target")} checked: {drifted} {(drifted == 1 ? "differs" : "differ")} from what is declared.");
    }

    private static string Said(Difference difference) => difference switch
    {
        { Kind: DifferenceKind.Different } => $": {difference.Found}; declared: {difference.Declared}",
        { Declared.Length: > 0 } => $": {difference.Declared}",
        { Found.Length: > 0 } => $": {difference.Found}",
        _ => "",
    };

    private static string Key(TargetDrift drift) =>
        string.Join('\n', drift.Differences.Select(one => $"{one.Kind}\0{one.Item}\0{one.Found}\0{one.Declared}"));

    private static object Document(TargetDrift drift) => new
    {
        Target = $"{drift.Target}",
        drift.Target.Scope,
        drift.Differences,
    };
}
