using PluginUpgrade.Payloads;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>One target's actions in one component, in order.</summary>
public sealed record TargetActions(Target Target, IReadOnlyList<StepAction> Actions);

/// <summary>Plans one component for all targets, and collects the reasons against it.</summary>
public sealed class ComponentPlanner
{
    private readonly Component _component;
    private readonly Goal _goal;
    private readonly UpgradeVersion _to;
    private readonly PayloadDecision _files;
    private readonly List<Problem> _problems = [];

    /// <summary>A cache: a fleet has few different journals, and targets with equal rows share one list of them.</summary>
    private readonly Dictionary<(object Rows, bool IsEmpty, Scope Scope), Decision> _decisions = [];
    private readonly List<(Target Target, Decision Decision)> _decided = [];

    public ComponentPlanner(
        Component component, Goal goal, TargetProgress installation, IReadOnlyList<TargetProgress> instances, PayloadReading? payload)
    {
        (_component, _goal) = (component, goal);
        _to = component.Spelled(component.IsProduct ? goal.To ?? component.Newest : component.Newest);
        _files = component.IsProduct ? PayloadDecision.Of(payload, component, goal, _to, installation) : PayloadDecision.None;
        var whole = !goal.OnlyInstances;
        if (whole) _problems.AddRange(_files.Problems);
        Installation = whole ? WithNote(WithFiles(WorkOf(installation))) : new TargetActions(installation.Target, []);
        Instances = goal.InstallationOnly ? [] : [.. instances.Select(WorkOf)];
        if (!whole) CheckInstallation(installation);
        AddProblems();
        if (goal.To is null && component.NewestKnown > component.Newest && Instances.Append(Installation).Any(one => one.Actions.Count > 0))
            _problems.Add(PlanProblem.NotByDefault(component.Name, component.Newest, component.NewestKnown));
    }

    public TargetActions Installation { get; }

    public IReadOnlyList<TargetActions> Instances { get; private set; }

    public IReadOnlyList<Problem> Problems => _problems;

    private TargetActions WorkOf(TargetProgress progress)
    {
        var key = ((object)progress.Rows, progress.SchemaIsEmpty, progress.Target.Scope);
        if (!_decisions.TryGetValue(key, out var decision)) _decisions[key] = decision = Decision.Of(_component, _goal, _to, progress);
        _decided.Add((progress.Target, decision));
        return new TargetActions(progress.Target, decision.Actions);
    }

    private TargetActions WithFiles(TargetActions installation) => installation with { Actions = _files.Among(installation.Actions) };

    /// <summary>
    /// An installation step should follow the version on every instance. If instances were left out, the step's row says so.
    /// </summary>
    private TargetActions WithNote(TargetActions installation) => _goal.Without.Length == 0 ? installation : installation with
    {
        Actions = [.. installation.Actions.Select(action => action with { Note = Join(action.Note, _goal.Without) })],
    };

    /// <summary>For named instances: every installation step of the versions that they pass must have run.</summary>
    private void CheckInstallation(TargetProgress installation)
    {
        var upgraded = Instances.Where(instance => instance.Actions.Count > 0).Select(instance => instance.Target).ToList();
        if (upgraded.Count == 0) return;
        var current = installation.In(_component);
        // Without a journal, the installation's version is that of --from, like the instances'.
        var start = current.Version is null ? _goal.From ?? UpgradeVersion.Zero : current.Baseline;
        var missing = _component.Modules
            .Where(module => module.HasStepFor(Scope.Installation))
            .Where(module => module.Version > start && module.Version <= _to && !current.IsDone(module))
            .Select(module => module.Version).Concat(_files.Action is { } files ? [files.Version] : []).Distinct().Order().ToList();
        if (missing.Count == 0) return;
        if (!_goal.SkipInstallation)
        {
            _problems.Add(PlanProblem.InstallationBehind(upgraded, missing, _to));
            return;
        }
        var note = $"--skip-installation: without the installation step of {string.Join(", ", missing)}";
        var noted = _decisions.Values.Select(decision => decision.Actions).Distinct()
            .ToDictionary(
                actions => actions,
                actions => (IReadOnlyList<StepAction>)[.. actions.Select(action => action with { Note = Join(action.Note, note) })]);
        Instances = [.. Instances.Select(instance => instance with { Actions = noted[instance.Actions] })];
    }

    /// <summary>Adds one problem for all targets that share it.</summary>
    private void AddProblems()
    {
        foreach (var (target, decision) in _decided)
            if (decision.Torn is { } torn) _problems.Add(PlanProblem.Torn(target, torn.Version, torn.Error));
        foreach (var (version, targets) in Having(decision => Some(decision.Beyond)))
            _problems.Add(_goal.To is null
                ? PlanProblem.NewerThanEveryModule(targets, version, _component.Newest)
                : PlanProblem.BeyondTo(targets, version, _to));
        foreach (var (version, targets) in Having(decision => Some(decision.Guessed)))
            _problems.Add(PlanProblem.NotKnown(targets, version, _component.Newest));
        if (Having(decision => decision.ToBeRun).ToList() is { Count: > 0 } run)
            _problems.Add(PlanProblem.NotOnlyRecorded(
                [.. run.SelectMany(one => one.Targets).Distinct()], [.. run.Select(one => one.Key).Order()], _component.Newest));
        else if (_goal is { RecordOnly: true, OnlyInstances: false } && _files.Action is { } files)
            _problems.Add(PlanProblem.NotOnlyRecorded([Installation.Target], [files.Version], _component.Newest));
        foreach (var (version, targets) in Having(decision => Some(decision.Behind)))
            _problems.Add(PlanProblem.BehindFrom(targets, version, _goal.From!.Value));
        foreach (var (onlyByHand, targets) in Having(decision => decision.Unknown ? [decision.OnlyByHand] : Array.Empty<bool>()))
            _problems.Add(PlanProblem.UnknownStart(targets, onlyByHand));
        foreach (var (module, targets) in Having(decision => decision.Late))
            Add(PlanProblem.Late($"{module}", module.Version, targets), _goal.AllowOutOfOrder);
        foreach (var (module, targets) in Having(decision => decision.Changed))
            Add(PlanProblem.Changed(module, targets), _goal.AllowChanged);
        foreach (var (missing, targets) in Having(decision => decision.Missing))
            Add(PlanProblem.Missing(missing.Module, missing.Version, targets), _goal.AllowMissing);
    }

    private IEnumerable<(T Key, IReadOnlyList<Target> Targets)> Having<T>(Func<Decision, IEnumerable<T>> those) => _decided
        .SelectMany(decided => those(decided.Decision).Select(key => (Key: key, decided.Target)))
        .GroupBy(found => found.Key, found => found.Target)
        .Select(group => (group.Key, (IReadOnlyList<Target>)[.. group]));

    private static IEnumerable<UpgradeVersion> Some(UpgradeVersion? version) => version is { } some ? [some] : [];

    private void Add(Problem problem, bool allowed) => _problems.Add(allowed ? problem with { Severity = Severity.Warning } : problem);

    private static string Join(string note, string more) => note.Length == 0 ? more : $"{note}; {more}";
}
