namespace PluginUpgrade.Saves;

/// <summary>What happened while a save was taken, told to whoever reports it. A closed list.</summary>
public abstract record SaveEvent
{
    private SaveEvent() { }

    /// <summary>What a killed process had left was removed.</summary>
    public sealed record LeftoverRemoved(string Folder) : SaveEvent;

    public sealed record Started(string Id, SavePlan Plan) : SaveEvent;

    /// <param name="Bytes">Written so far, over all archives.</param>
    /// <param name="Targets">How many are written.</param>
    /// <param name="Left">Null while nothing can be said.</param>
    public sealed record Progressed(long Bytes, int Targets, int OfTargets, TimeSpan? Left) : SaveEvent;

    /// <param name="Said">What pg_dump had to remark; mostly nothing.</param>
    public sealed record ArchiveWritten(PlannedArchive Archive, long Bytes, TimeSpan Duration, string Said) : SaveEvent;

    /// <summary>What of it cannot be restored as things are.</summary>
    public sealed record Warned(IReadOnlyList<Problem> Problems) : SaveEvent;

    public sealed record Finished(SaveManifest Manifest, string Folder) : SaveEvent;
}
