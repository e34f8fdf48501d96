using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Writes failed and torn steps to the journal.</summary>
internal sealed class StepRecords(RunContext context)
{
    public async Task<StepOutcome> TornAsync(LaneSession session, IReadOnlyList<UpgradeStep> steps, int at)
    {
        var problem = RunProblem.EndedTransaction(steps[at]);
        await session.ResetAsync(CancellationToken.None);
        await session.Journal.RecordTornAsync(session.Connection, steps[at], context.RunId, problem.Message, CancellationToken.None);
        var before = at == 0 ? null : await session.Journal.ReadAsync(session.Connection, steps[at - 1], CancellationToken.None);
        return new StepOutcome(problem) { At = at, KeptBefore = before is { State: StepState.Done or StepState.Baseline } };
    }

    /// <summary>Records a failure, for the history and the status. If it cannot be written, the step's failure says so.</summary>
    public async Task<StepOutcome> FailedAsync(LaneSession session, UpgradeStep step, StepOutcome outcome, Exception cause) =>
        await FailedAsync(session, step, outcome, StepTransaction.IsSeal((cause as PostgresException)?.BatchCommand)
            ? outcome.Failure!.Message : SqlErrors.Describe(cause)) with
        {
            Cause = cause,
        };

    /// <param name="error">What the row says.</param>
    public async Task<StepOutcome> FailedAsync(LaneSession session, UpgradeStep step, StepOutcome outcome, string error)
    {
        try
        {
            // Other people read the journal, and dumps contain it.
            var secrets = new Secrets();
            secrets.AddFrom(step.Target.Database);
            // Session state that the lane's modules changed must not affect the journal's statements.
            await session.ResetAsync(CancellationToken.None);
            var torn = await session.Journal.RecordFailureAsync(
                session.Connection, step, context.RunId, secrets.Redact(error), CancellationToken.None);
            var failure = torn switch
            {
                true => RunProblem.EndedTransaction(step),
                false => outcome.Failure,
                null => await NotRecordedAsync(session, step, outcome.Failure!),
            };
            return outcome with { Failure = failure };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return outcome with { Failure = NotWritten(outcome.Failure!, e) };
        }
    }

    /// <summary>A done row is kept, and that is no problem. Otherwise a trigger or a rule has discarded the failure row.</summary>
    private static async Task<Problem> NotRecordedAsync(LaneSession session, UpgradeStep step, Problem problem) =>
        await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None) is { State: StepState.Done or StepState.Baseline }
            ? problem : NotWritten(problem, "a trigger or a rule of the table blocks its rows.");

    public static Problem NotWritten(Problem problem, Exception e) => NotWritten(problem, SqlErrors.Describe(e));

    private static Problem NotWritten(Problem problem, string why) => problem with
    {
        Message = $"{problem.Message} The failure could not be written to the journal: {why}",
    };
}
