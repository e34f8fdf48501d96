using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Carries out <see cref="AcceptModule"/>. The claim has written the row already; what is left is to look whether it was still that of an
/// applied module: another run may have been at work since the plan.
/// </summary>
public static class Acceptance
{
    /// <exception cref="NotAppliedException">The module does not count as applied any more.</exception>
    public static async Task CheckAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var journals = await JournalReader.ReadAsync(session.Connection, [step.Target.Schema], abort);
        var row = journals.GetValueOrDefault((step.Target.Schema, step.Target.Scope))?.Rows
            .FirstOrDefault(row => row.Component == step.Component && row.Version == step.Version);
        var before = row is null ? null : JournalHistory.Of(row).LastOrDefault(said => said.State != StepState.Running);
        if (before is { State: StepState.Done, Module.Length: > 0 }) return;
        throw new NotAppliedException(new Problem("KU-5051", $"{step}",
            "The journal no longer has the module as applied: it was changed since this was planned.",
            $"See: {NextCommand.Of($"history{step.Target.Argument}")}"));
    }
}

/// <summary>What was to be accepted does not count as applied any more.</summary>
public sealed class NotAppliedException(Problem problem) : Exception($"{problem}")
{
    public Problem Problem => problem;
}
