using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>All that is to be restored, verified.</summary>
/// <param name="NotHeld">Targets that the save does not hold; they stay as they are.</param>
public sealed record RestorePlan(Save Save, IReadOnlyList<PlannedRestore> Restores, IReadOnlyList<Target> NotHeld)
{
    /// <summary>How many may be restored at a time on one server, for which it has room for locks.</summary>
    public int SideBySide { get; init; } = int.MaxValue;

    public SaveManifest Manifest => Save.Manifest!;
}

/// <param name="Now">The target's version now; null where nothing says it.</param>
/// <param name="Tables">How many it has now; null where it is missing, and will be made.</param>
public sealed record PlannedRestore(RestoreTask Task, UpgradeVersion? Now, int? Tables)
{
    /// <summary>How many locks its transaction takes, and how many its server has room for.</summary>
    public long Locks { get; init; }

    public long Room { get; init; } = long.MaxValue;

    public Target Target => Task.Target;

    /// <summary>Where the product stood when it was saved; null where it had no journal.</summary>
    public string? Then => Task.Saved.Versions.GetValueOrDefault("");
}
