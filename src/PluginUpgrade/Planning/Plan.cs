namespace PluginUpgrade.Planning;

/// <summary>Everything that will happen, decided before anything happens.</summary>
public sealed record Plan(IReadOnlyList<Stage> Stages)
{
    public static Plan Empty { get; } = new([]);

    public IEnumerable<Lane> Lanes => Stages.SelectMany(stage => stage.Lanes);

    public IEnumerable<UpgradeStep> Steps => Lanes.SelectMany(lane => lane.Steps);

    /// <summary>The modules that are run, each once.</summary>
    public IEnumerable<UpgradeModule> Modules =>
        Lanes.Select(lane => lane.Work).Distinct().SelectMany(work => work).Select(work => work.Module).OfType<UpgradeModule>().Distinct();

    public bool IsEmpty => Stages.Count == 0;
}

/// <summary>Lanes that may run side by side. The next stage waits for all of them.</summary>
/// <param name="Name">What is told of it, such as <c>instances 1.002..1.004</c>.</param>
public sealed record Stage(string Name, IReadOnlyList<Lane> Lanes)
{
    /// <summary>Whether it may follow where lanes before it failed, as long as those are fewer than the failure budget.</summary>
    public bool FollowsFailures { get; init; }

    /// <summary>Whether lanes of it may fail, within the budget, and a stage that <see cref="FollowsFailures"/> comes after it.</summary>
    public bool MayFail { get; init; }
}

/// <summary>One target's steps, in order, on one connection.</summary>
/// <param name="Work">Shared by all lanes that do the same: a fleet of thousands has a few of these.</param>
public sealed record Lane(Target Target, IReadOnlyList<Work> Work)
{
    public IEnumerable<UpgradeStep> Steps => Work.Select(work => new UpgradeStep(Target, work));

    public int Count => Work.Count;

    /// <summary>Whether the steps that are transactions are one transaction together.</summary>
    public bool IsAtomic { get; init; }
}
