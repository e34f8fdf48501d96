using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>The progress of a save, measured by the files in its folder.</summary>
internal sealed class SaveProgress(SavePlan plan, string folder, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private readonly int _targets = plan.Targets.Count();
    private int _targetsDone;
    private long _plannedDone;
    private long _writtenDone;
    private long _seen;

    public void Ended(PlannedArchive archive, long bytes)
    {
        lock (_lock)
        {
            _targetsDone += archive.Targets.Count;
            _plannedDone += archive.Bytes;
            _writtenDone += bytes;
        }
    }

    public SaveEvent.Progressed Look()
    {
        var bytes = Bytes();
        lock (_lock) return new SaveEvent.Progressed(bytes, _targetsDone, _targets, Left(bytes));
    }

    /// <summary>An estimate from the compression of the finished archives; null before there is one.</summary>
    private TimeSpan? Left(long bytes)
    {
        if (_plannedDone == 0 || _writtenDone == 0) return null;
        var expected = (double)plan.Bytes / _plannedDone * _writtenDone;
        var share = Math.Clamp(bytes / expected, 0.001, 0.999);
        return time.GetElapsedTime(_start) * ((1 - share) / share);
    }

    /// <summary>Files may disappear meanwhile: pg_dump has temporary ones.</summary>
    private long Bytes() => _seen = Math.Max(_seen,
        FilesBelow.PathsIn(folder, unreadable: _ => { }).Sum(path => Libc.Look(Path.Combine(folder, path))?.Length ?? 0));
}
