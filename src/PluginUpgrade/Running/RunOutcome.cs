namespace PluginUpgrade.Running;

/// <param name="Failure">Why the lane failed; null if it succeeded or was stopped.</param>
/// <param name="Stopped">Whether steps were not run because of a stop, not because of a failure in this lane.</param>
public sealed record LaneOutcome(Target Target, int Done, int Skipped, int Left, Problem? Failure = null, bool Stopped = false)
{
    public bool Completed => Left == 0 && Failure is null;
}

/// <summary>How a run ended.</summary>
/// <param name="Done">Number of steps that were run and committed.</param>
/// <param name="Skipped">Number of steps that another process had done in the meantime.</param>
/// <param name="Left">Number of steps of the plan that remain to be done.</param>
/// <param name="Stopped">Whether the user stopped the run before its end.</param>
public sealed record RunOutcome(
    Guid RunId, int Done, int Skipped, int Left, IReadOnlyList<LaneOutcome> Failed, bool Stopped, TimeSpan Duration)
{
    /// <summary>The problem of the operator's hook after the run; null if it did not fail.</summary>
    public Problem? Hook { get; init; }

    public int ExitCode => Failed.Count > 0 ? 1 : Stopped ? 130 : Hook is not null ? 1 : 0;
}
