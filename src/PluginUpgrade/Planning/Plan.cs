using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Everything that will happen, decided before anything happens.</summary>
public sealed record Plan(IReadOnlyList<Stage> Stages)
{
    public static Plan Empty { get; } = new([]);

    public IEnumerable<Lane> Lanes => Stages.SelectMany(stage => stage.Lanes);

    public IEnumerable<UpgradeStep> Steps => Lanes.SelectMany(lane => lane.Steps);

    /// <summary>The modules that the plan runs, without duplicates.</summary>
    public IEnumerable<UpgradeModule> Modules =>
        Actions.SelectMany(action => action.Loads).Distinct();

    /// <summary>All actions; a list that lanes share counts once.</summary>
    public IEnumerable<StepAction> Actions => Lanes.Select(lane => lane.Actions).Distinct().SelectMany(actions => actions);

    /// <summary>The targets whose live data is exchanged.</summary>
    public IReadOnlyList<Target> Swapped =>
        [.. Lanes.Where(lane => lane.Actions.Any(action => action is SwapSchemas)).Select(lane => lane.Target).Distinct()];

    public bool IsEmpty => Stages.Count == 0;

    /// <summary>Replaces one action by another. Other lanes stay unchanged, and keep sharing their lists.</summary>
    public Plan With(StepAction old, StepAction next) => new([.. Stages.Select(stage => stage with
    {
        Lanes = [.. stage.Lanes.Select(lane => lane.Actions.Contains(old)
            ? lane with { Actions = [.. lane.Actions.Select(action => action == old ? next : action)] } : lane)],
    })]);
}

/// <summary>Lanes that may run side by side. The next stage waits for all of them.</summary>
/// <param name="Name">The name in reports, such as <c>instances 1.002..1.004</c>.</param>
public sealed record Stage(string Name, IReadOnlyList<Lane> Lanes)
{
    /// <summary>Stages of one component run in order. Stages of another component do not need its success.</summary>
    public string Component { get; init; } = "";

    /// <summary>Components whose failures stop this stage, including its own.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [""];

    /// <summary>Whether it may run after lanes have failed, as long as the failures are within the budget.</summary>
    public bool FollowsFailures { get; init; }

    /// <summary>Whether its lanes may fail, within the budget: a stage with <see cref="FollowsFailures"/> may come after it.</summary>
    public bool MayFail { get; init; }
}

/// <summary>One target's steps, in order, on one connection.</summary>
/// <param name="Actions">Shared by all lanes with the same work: a fleet of thousands has only a few lists.</param>
public sealed record Lane(Target Target, IReadOnlyList<StepAction> Actions)
{
    public IEnumerable<UpgradeStep> Steps => Actions.Select(action => new UpgradeStep(Target, action));

    public int Count => Actions.Count;

    /// <summary>Whether all its transactional steps are one transaction.</summary>
    public bool IsAtomic { get; init; }
}
