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

    private long Bytes()
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (IOException)
        {
            // A file has just disappeared: pg_dump has temporary ones.
            return 0;
        }
    }
}
