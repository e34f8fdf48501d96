using PluginUpgrade.Journals;

namespace PluginUpgrade.Planning;

/// <summary>One target's steps of one component, in order.</summary>
public sealed record TargetSteps(Target Target, IReadOnlyList<UpgradeStep> Steps);

/// <summary>What one component's line of versions asks of every target, and what speaks against it.</summary>
public sealed class LineWork
{
    private readonly VersionLine _line;
    private readonly Goal _goal;
    private readonly UpgradeVersion _to;
    private readonly List<Problem> _problems = [];
    private readonly List<(UpgradeModule Module, Target Target)> _late = [];
    private readonly List<(UpgradeModule Module, Target Target)> _changed = [];
    private readonly List<(JournalRow Row, Target Target)> _missing = [];
    private readonly List<(Target Target, UpgradeVersion Version)> _beyond = [];
    private readonly List<(Target Target, UpgradeVersion Version)> _behind = [];
    private readonly List<(Target Target, bool OnlyByHand)> _unknown = [];

    public LineWork(VersionLine line, Goal goal, TargetProgress installation, IReadOnlyList<TargetProgress> instances)
    {
        (_line, _goal) = (line, goal);
        _to = line.Spelled(line.IsProduct ? goal.To ?? line.Newest : line.Newest);
        var whole = goal.Only is null;
        Installation = whole ? StepsOf(installation) : new TargetSteps(installation.Target, []);
        Instances = goal.InstallationOnly ? [] : [.. instances.Select(StepsOf)];
        if (!whole) CheckInstallation(installation);
        GroupProblems();
    }

    public TargetSteps Installation { get; }

    public IReadOnlyList<TargetSteps> Instances { get; private set; }

    public IReadOnlyList<Problem> Problems => _problems;

    private TargetSteps StepsOf(TargetProgress progress)
    {
        var target = progress.Target;
        var standing = Standing.Of(progress, _line.Component, _line.Modules);
        if (standing.Torn is { } torn)
        {
            _problems.Add(PlanProblem.Torn(target, torn.Version, torn.Error));
            return new TargetSteps(target, []);
        }
        var overridden = CompareWithCatalogue(target, standing);
        if (Start(progress, standing) is not { } start) return new TargetSteps(target, []);

        var range = new VersionRange(start.Version, _to);
        var pending = _line.Modules
            .Where(module => module.HasStepFor(target.Scope))
            .Where(module => module.Version > start.Baseline && module.Version <= _to && !standing.IsDone(module))
            .ToList();
        _late.AddRange(pending.Where(module => module.Version < start.Version).Select(module => (module, target)));
        List<UpgradeStep> steps = [];
        if (start.Declare) steps.Add(Step(target, null, start.Version, range, note: "--from"));
        steps.AddRange(pending.Select(module => Step(target, module, module.Version, range, NoteOf(module, start.Version, overridden))));
        // The last version of the range may have no module for this target; that it was reached must be known all the same.
        if (_line.IsProduct && _to > start.Version && pending.LastOrDefault()?.Version != _to && !ReachedByHand(standing))
            steps.Add(Step(target, null, _to, range, Journal.ReachedNote));
        return new TargetSteps(target, steps);
    }

    private bool ReachedByHand(Standing standing) =>
        standing.Rows.Any(row => row.State == StepState.Done && row.Version == _to);

    /// <summary>Where the target stands, or null where it is refused.</summary>
    private (UpgradeVersion Version, UpgradeVersion Baseline, bool Declare)? Start(TargetProgress progress, Standing standing)
    {
        var target = progress.Target;
        if (standing.Version is { } version)
        {
            if (_line.IsProduct && version > _to) _beyond.Add((target, version));
            else if (_line.IsProduct && _goal.From > version) _behind.Add((target, version));
            else return (version, standing.Baseline, false);
            return null;
        }
        if (!_line.IsProduct) return (UpgradeVersion.Zero, UpgradeVersion.Zero, false);
        if (_goal.From is { } from) return (_line.Spelled(from), from, true);
        // What an upgrade has tried on a target without a baseline, it tried on an empty one: it begins on no other.
        var begun = standing.Rows.Any(row => !row.ByHand);
        var onlyByHand = !begun && standing.Rows.Any(row => row.State == StepState.Done);
        if (begun || (progress.SchemaIsEmpty && !onlyByHand)) return (UpgradeVersion.Zero, UpgradeVersion.Zero, false);
        _unknown.Add((target, onlyByHand));
        return null;
    }

    /// <returns>The options that were needed to go on nevertheless.</returns>
    private List<string> CompareWithCatalogue(Target target, Standing standing)
    {
        var (missing, changed) = (_missing.Count, _changed.Count);
        foreach (var row in standing.Rows.Where(row => row is { State: StepState.Done, Stands: true, Module.Length: > 0 }))
        {
            var module = _line.Modules.FirstOrDefault(module => module.Version == row.Version);
            if (module is null) _missing.Add((row, target));
            else if (!row.ByHand && module.Sha256 != row.Sha256) _changed.Add((module, target));
        }
        List<string> overridden = [];
        if (_missing.Count > missing) overridden.Add("--allow-missing");
        if (_changed.Count > changed) overridden.Add("--allow-changed");
        return overridden;
    }

    /// <summary>Instances by name: every installation step of the versions that they pass must have run.</summary>
    private void CheckInstallation(TargetProgress installation)
    {
        var upgraded = Instances.Where(instance => instance.Steps.Count > 0).Select(instance => instance.Target).ToList();
        if (upgraded.Count == 0) return;
        var standing = Standing.Of(installation, _line.Component, _line.Modules);
        // An installation without a journal stands where --from says, as its instances do.
        var start = standing.Version is null ? _goal.From ?? UpgradeVersion.Zero : standing.Baseline;
        var missing = _line.Modules
            .Where(module => module.HasInstallationStep)
            .Where(module => module.Version > start && module.Version <= _to && !standing.IsDone(module))
            .ToList();
        if (missing.Count == 0) return;
        if (!_goal.SkipInstallation)
        {
            _problems.Add(PlanProblem.InstallationBehind(upgraded, missing, _to));
            return;
        }
        var note = $"--skip-installation: without the installation step of {string.Join(", ", missing.Select(module => module.Version))}";
        Instances = [.. Instances.Select(instance => instance with
        {
            Steps = [.. instance.Steps.Select(step => step with { Note = Join(step.Note, note) })],
        })];
    }

    /// <summary>One problem for all targets that have it: a fleet of thousands shares a few.</summary>
    private void GroupProblems()
    {
        foreach (var group in _beyond.GroupBy(beyond => beyond.Version, beyond => beyond.Target))
            _problems.Add(_goal.To is null
                ? PlanProblem.NewerThanEveryModule([.. group], group.Key, _line.Newest)
                : PlanProblem.BeyondTo([.. group], group.Key, _to));
        foreach (var group in _behind.GroupBy(behind => behind.Version, behind => behind.Target))
            _problems.Add(PlanProblem.BehindFrom([.. group], group.Key, _goal.From!.Value));
        foreach (var group in _unknown.GroupBy(unknown => unknown.OnlyByHand, unknown => unknown.Target))
            _problems.Add(PlanProblem.UnknownStart([.. group], group.Key));
        foreach (var group in _late.GroupBy(late => late.Module))
            Add(PlanProblem.Late($"{group.Key}", group.Key.Version, [.. group.Select(late => late.Target)]), _goal.AllowOutOfOrder);
        foreach (var group in _changed.GroupBy(changed => changed.Module))
            Add(PlanProblem.Changed(group.Key, [.. group.Select(changed => changed.Target)]), _goal.AllowChanged);
        foreach (var group in _missing.GroupBy(missing => (missing.Row.Module, missing.Row.Version)))
            Add(PlanProblem.Missing(group.Key.Module, group.Key.Version, [.. group.Select(missing => missing.Target)]), _goal.AllowMissing);
    }

    private void Add(Problem problem, bool allowed) => _problems.Add(allowed ? problem with { Severity = Severity.Warning } : problem);

    private static string NoteOf(UpgradeModule module, UpgradeVersion version, List<string> overridden) =>
        string.Join("; ", module.Version < version ? overridden.Prepend("--allow-out-of-order") : overridden);

    private static string Join(string note, string more) => note.Length == 0 ? more : $"{note}; {more}";

    private UpgradeStep Step(Target target, UpgradeModule? module, UpgradeVersion version, VersionRange range, string note) => new()
    {
        Target = target,
        Component = _line.Component,
        Version = version,
        Module = module,
        Range = range,
        Note = note,
    };
}
