namespace PluginUpgrade.Planning;

/// <summary>Everything that will happen, decided before anything happens.</summary>
public sealed record Plan(IReadOnlyList<Stage> Stages)
{
    public static Plan Empty { get; } = new([]);

    public IEnumerable<UpgradeStep> Steps => Stages.SelectMany(stage => stage.Lanes).SelectMany(lane => lane.Steps);

    public bool IsEmpty => Stages.Count == 0;
}

/// <summary>Lanes that may run side by side. The next stage waits for all of them.</summary>
/// <param name="Name">What is told of it, such as <c>instances 1.002..1.004</c>.</param>
public sealed record Stage(string Name, IReadOnlyList<Lane> Lanes);

/// <summary>One target's steps, in order, on one connection.</summary>
public sealed record Lane(Target Target, IReadOnlyList<UpgradeStep> Steps);
