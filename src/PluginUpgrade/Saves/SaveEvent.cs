namespace PluginUpgrade.Saves;

/// <summary>An event while a save is taken. A closed list.</summary>
public abstract record SaveEvent
{
    private SaveEvent() { }

    /// <summary>What a killed process had left was removed.</summary>
    public sealed record LeftoverRemoved(string Folder) : SaveEvent;

    public sealed record Started(string Id, SavePlan Plan) : SaveEvent;

    /// <param name="Bytes">Written so far, in all archives.</param>
    /// <param name="Targets">How many are written.</param>
    /// <param name="Left">Null while it cannot be estimated.</param>
    public sealed record Progressed(long Bytes, int Targets, int OfTargets, TimeSpan? Left) : SaveEvent;

    /// <param name="Said">pg_dump's warnings; usually empty.</param>
    public sealed record ArchiveWritten(PlannedArchive Archive, long Bytes, TimeSpan Duration, string Said) : SaveEvent;

    /// <summary>What could not be restored at present.</summary>
    public sealed record Warned(IReadOnlyList<Problem> Problems) : SaveEvent;

    public sealed record Finished(SaveManifest Manifest, string Folder) : SaveEvent;
}
