using System.Collections.Concurrent;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>Takes a save: completely, or not at all.</summary>
/// <param name="report">Called by several threads, one at a time.</param>
public sealed class Saver(SaveContext context, Action<SaveEvent> report)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _reporting = new();

    /// <exception cref="UpgradeException">It failed, and nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing of it is left.</exception>
    public async Task<Save> TakeAsync(SavePlan plan, CancellationToken cancellationToken)
    {
        await using var folder = await SaveFolder.BeginAsync(context, leftover => Report(new SaveEvent.LeftoverRemoved(leftover)));
        SeededFault.Point("save begun");
        var started = context.Time.GetUtcNow();
        Report(new SaveEvent.Started(folder.Id, plan));
        var written = await WriteAsync(plan, folder.Path, cancellationToken);
        IReadOnlyList<Problem> warnings = Problem.Together([.. plan.Warnings, .. written.SelectMany(one => one.Warnings)]);
        if (warnings.Count > 0) Report(new SaveEvent.Warned(warnings));
        SeededFault.Point("archives written");
        var manifest = new SaveManifest
        {
            Id = folder.Id,
            Installation = context.Installation,
            RunId = context.RunId,
            StartedAt = started,
            FinishedAt = context.Time.GetUtcNow(),
            Host = $"{Environment.MachineName}:{Environment.ProcessId}",
            BeforeUpgrade = context.BeforeUpgrade,
            // In the order of targets, not in the order in which archives finished.
            Targets = [.. written.SelectMany(one => one.Targets).OrderBy(t => t.Scope).ThenBy(t => t.Name, StringComparer.Ordinal)],
            Archives = [.. written.Select(one => one.Archive).OrderBy(archive => archive.Name, StringComparer.Ordinal)],
        };
        var save = folder.Finish(manifest);
        Report(new SaveEvent.Finished(manifest, save.Folder));
        return save;
    }

    private async Task<IReadOnlyList<WrittenArchive>> WriteAsync(SavePlan plan, string folder, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var progress = new SaveProgress(plan, folder, context.Time);
        var watching = WatchAsync(progress, enough.Token);
        ConcurrentBag<Problem> problems = [];
        ConcurrentBag<WrittenArchive> written = [];
        using var limits = new ServerLimits(context.PerServer, context.Connection.Servers);
        var writer = new ArchiveWriter(context, folder);
        try
        {
            // No cancellation token for the loop itself: it would not wait for archives that are being written.
            var options = new ParallelOptions { MaxDegreeOfParallelism = context.Parallel };
            await Parallel.ForEachAsync(plan.Archives, options, async (archive, _) =>
            {
                try
                {
                    using var slot = await limits.EnterAsync(archive.Targets[0].Server, archive.Targets[0].Database, enough.Token);
                    var start = context.Time.GetTimestamp();
                    var (saved, targets, warnings, said) = await writer.WriteAsync(archive, enough.Token);
                    written.Add(new WrittenArchive(saved, targets, warnings));
                    var bytes = saved.Files.Sum(file => file.Bytes);
                    progress.Ended(archive, bytes);
                    Report(new SaveEvent.ArchiveWritten(archive, bytes, context.Time.GetElapsedTime(start), said));
                }
                catch (OperationCanceledException)
                {
                }
                catch (Exception e)
                {
                    // What fails because another one has failed is not reported.
                    if (!enough.IsCancellationRequested && e is UpgradeException refused)
                        foreach (var problem in refused.Problems) problems.Add(problem);
                    await enough.CancelAsync();
                    // Unforeseen: the loop passes it on when the other archives have ended.
                    if (e is not UpgradeException) throw;
                }
            });
        }
        finally
        {
            await enough.CancelAsync();
            await watching;
        }
        cancellationToken.ThrowIfCancellationRequested();
        return problems.IsEmpty ? [.. written] : throw new UpgradeException(Problem.Together(problems));
    }

    private sealed record WrittenArchive(
        SavedArchive Archive, IReadOnlyList<SavedTarget> Targets, IReadOnlyList<Problem> Warnings);

    private async Task WatchAsync(SaveProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, context.Time);
            while (await timer.WaitForNextTickAsync(cancellationToken)) Report(progress.Look());
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Report(SaveEvent happened)
    {
        lock (_reporting) report(happened);
    }
}
