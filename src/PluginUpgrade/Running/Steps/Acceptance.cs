using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Carries out <see cref="AcceptModule"/>. The claim has already written the journal row; this checks that the row before it was still that
/// of an applied module. Another run may have changed it since the plan.
/// </summary>
public static class Acceptance
{
    /// <exception cref="NotAppliedException">The module no longer counts as applied.</exception>
    public static async Task CheckAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        var journals = await JournalReader.ReadAsync(session.Connection, [step.Target.Schema], abort);
        var row = journals.GetValueOrDefault((step.Target.Schema, step.Target.Scope))?.Rows
            .FirstOrDefault(row => row.Component == step.Component && row.Version == step.Version);
        var before = row is null ? null : JournalHistory.Of(row).LastOrDefault(said => said.State != StepState.Running);
        if (before is { State: StepState.Done, Module.Length: > 0 }) return;
        throw new NotAppliedException(new Problem("KU-5051", $"{step}",
            "The journal no longer says that the module is applied: it has changed since this run was planned.",
            $"See: {NextCommand.Of($"history{step.Target.Argument}")}"));
    }
}

/// <summary>The module to be accepted no longer counts as applied.</summary>
public sealed class NotAppliedException(Problem problem) : Exception($"{problem}")
{
    public Problem Problem => problem;
}
