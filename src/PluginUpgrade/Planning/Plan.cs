using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Everything that will happen, decided before anything happens.</summary>
public sealed record Plan(IReadOnlyList<Stage> Stages)
{
    public static Plan Empty { get; } = new([]);

    public IEnumerable<Lane> Lanes => Stages.SelectMany(stage => stage.Lanes);

    public IEnumerable<UpgradeStep> Steps => Lanes.SelectMany(lane => lane.Steps);

    /// <summary>The modules that are run, each once.</summary>
    public IEnumerable<UpgradeModule> Modules =>
        Actions.OfType<RunModule>().Select(run => run.Module).Distinct();

    /// <summary>Those of lanes that share them once.</summary>
    public IEnumerable<StepAction> Actions => Lanes.Select(lane => lane.Actions).Distinct().SelectMany(actions => actions);

    public bool IsEmpty => Stages.Count == 0;

    /// <summary>The plan with one action in the place of another. Other lanes stay as they are, and share what they shared.</summary>
    public Plan With(StepAction old, StepAction next) => new([.. Stages.Select(stage => stage with
    {
        Lanes = [.. stage.Lanes.Select(lane => lane.Actions.Contains(old)
            ? lane with { Actions = [.. lane.Actions.Select(action => action == old ? next : action)] } : lane)],
    })]);
}

/// <summary>Lanes that may run side by side. The next stage waits for all of them.</summary>
/// <param name="Name">What is reported of it, such as <c>instances 1.002..1.004</c>.</param>
public sealed record Stage(string Name, IReadOnlyList<Lane> Lanes)
{
    /// <summary>Stages of one component follow each other; those of another one do not wait for its success.</summary>
    public string Component { get; init; } = "";

    /// <summary>Components whose failures hold it back: its own among them.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [""];

    /// <summary>Whether it may follow where lanes before it failed, as long as those are fewer than the failure budget.</summary>
    public bool FollowsFailures { get; init; }

    /// <summary>Whether lanes of it may fail, within the budget, and a stage that <see cref="FollowsFailures"/> comes after it.</summary>
    public bool MayFail { get; init; }
}

/// <summary>One target's steps, in order, on one connection.</summary>
/// <param name="Actions">Shared by all lanes that do the same: a fleet of thousands has a few of these.</param>
public sealed record Lane(Target Target, IReadOnlyList<StepAction> Actions)
{
    public IEnumerable<UpgradeStep> Steps => Actions.Select(action => new UpgradeStep(Target, action));

    public int Count => Actions.Count;

    /// <summary>Whether the steps that are transactions are one transaction together.</summary>
    public bool IsAtomic { get; init; }
}
