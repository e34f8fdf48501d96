namespace PluginUpgrade.Saves.Restoring;

/// <summary>All that is to be restored, verified.</summary>
/// <param name="NotHeld">Targets that the save does not hold; they stay as they are.</param>
public sealed record RestorePlan(Save Save, IReadOnlyList<PlannedRestore> Restores, IReadOnlyList<Target> NotHeld)
{
    public SaveManifest Manifest => Save.Manifest!;
}

/// <param name="Now">Where the target stands now; null where nothing says it.</param>
/// <param name="Tables">How many it has now; null where it is missing, and will be made.</param>
public sealed record PlannedRestore(RestoreTask Task, UpgradeVersion? Now, int? Tables)
{
    public Target Target => Task.Target;

    /// <summary>Where the product stood when it was saved; null where it had no journal.</summary>
    public string? Then => Task.Saved.Versions.GetValueOrDefault("");
}
