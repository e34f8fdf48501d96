namespace PluginUpgrade.Running;

/// <param name="Failure">Why the lane did not end well; null where it did, or was stopped.</param>
/// <param name="Stopped">The user's wish, not a failure, kept steps of it from being run.</param>
public sealed record LaneOutcome(Target Target, int Done, int Skipped, int Left, Problem? Failure = null, bool Stopped = false)
{
    public bool Completed => Left == 0 && Failure is null;
}

/// <summary>How a run ended.</summary>
/// <param name="Done">Steps that were run and committed.</param>
/// <param name="Skipped">Steps that another process had done in the meantime.</param>
/// <param name="Left">Steps of the plan that are still to be done.</param>
/// <param name="Stopped">The user stopped it.</param>
public sealed record RunOutcome(
    Guid RunId, int Done, int Skipped, int Left, IReadOnlyList<LaneOutcome> Failed, bool Stopped, TimeSpan Duration)
{
    /// <summary>The operator's hook after the run failed.</summary>
    public Problem? Hook { get; init; }

    public int ExitCode => Failed.Count > 0 ? 1 : Stopped ? 130 : Hook is not null ? 1 : 0;
}
