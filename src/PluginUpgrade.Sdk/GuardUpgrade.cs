using System.Diagnostics;
using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// The upgrade at start. krang-upgrade's own lock decides which of several processes upgrades: the others' children are refused, and their
/// parents read the journal. They try again from time to time, because the one that upgrades may have failed, or been killed.
/// </summary>
internal static class GuardUpgrade
{
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(15);

    public static async Task UntilItSuitsAsync(GuardQuestion question, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long? waitingSince = null;
        while (true)
        {
            var child = await GuardProcess.RunAsync(question, cancellationToken).ConfigureAwait(false);
            if (await question.AskAsync(connection, cancellationToken).ConfigureAwait(false) is not { } mistake) return;
            if (!GuardQuestion.IsTooOld(mistake)) throw mistake;
            if (!child.IsBusy) throw Failed(question, child, mistake);
            waitingSince ??= Stopwatch.GetTimestamp();
            var since = waitingSince.Value;
            if (await SuitsWhileAnotherUpgradesAsync(question, connection, since, cancellationToken).ConfigureAwait(false)) return;
        }
    }

    /// <returns>False where it is time to see whether the other process is still there.</returns>
    private static async Task<bool> SuitsWhileAnotherUpgradesAsync(
        GuardQuestion question, NpgsqlConnection connection, long since, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            // Several processes must not all ask, and try, in step.
            await Task.Delay(BetweenQuestions * (0.5 + Random.Shared.NextDouble()), cancellationToken).ConfigureAwait(false);
            var isOver = Stopwatch.GetElapsedTime(since) >= question.Options.Patience;
            try
            {
                if (await question.AskAsync(connection, cancellationToken).ConfigureAwait(false) is not { } mistake) return true;
                if (!GuardQuestion.IsTooOld(mistake)) throw mistake;
                if (isOver) throw TooLong(question, mistake);
            }
            catch (NpgsqlException) when (!isOver)
            {
                // A server that is started again, or a database that is being exchanged for its successor.
            }
            if (Stopwatch.GetElapsedTime(begun) >= BetweenTries) return false;
        }
    }

    private static UpgradeGuardException TooLong(GuardQuestion question, UpgradeGuardException mistake) =>
        question.Mistake("KU-9106", mistake.Found,
            $"Another process upgrades schema {question.Schema}, and has not reached version {question.Wanted} within "
            + $"{question.Options.Patience.TotalSeconds:0.#} s. See: {question.Status}", mistake);

    private static UpgradeGuardException Failed(GuardQuestion question, GuardProcess child, UpgradeGuardException mistake) =>
        question.Mistake("KU-9105", mistake.Found, child.ExitCode == 0
            ? $"The upgrade at start succeeded, but did not reach the version: is its module there? {mistake.Message}"
            : $"The upgrade at start did not succeed (exit code {child.ExitCode}):\n{child.Said}\n{mistake.Message}", mistake);
}
