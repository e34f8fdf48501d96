using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>Everything that will be restored, verified.</summary>
/// <param name="NotHeld">Targets that the save does not hold; they stay unchanged.</param>
public sealed record RestorePlan(Save Save, IReadOnlyList<PlannedRestore> Restores, IReadOnlyList<Target> NotHeld)
{
    /// <summary>How many may be restored at a time on one server, limited by its room for locks.</summary>
    public int SideBySide { get; init; } = int.MaxValue;

    public SaveManifest Manifest => Save.Manifest!;
}

/// <param name="Now">The target's current version; null if unknown.</param>
/// <param name="Tables">The number of its tables now; null if it is missing and will be created.</param>
public sealed record PlannedRestore(RestoreTask Task, UpgradeVersion? Now, int? Tables)
{
    /// <summary>The number of locks that its transaction takes, and that its server has room for.</summary>
    public long Locks { get; init; }

    public long Room { get; init; } = long.MaxValue;

    public Target Target => Task.Target;

    /// <summary>The product's version in the save; null if there was no journal.</summary>
    public string? Then => Task.Saved.Versions.GetValueOrDefault("");
}
