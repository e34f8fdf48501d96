using System.Text.Json.Serialization;

namespace PluginUpgrade.Files;

internal enum ChangeKind
{
    /// <summary>The directory was created.</summary>
    Made,

    /// <summary>Renamed from <see cref="Change.Path"/> to <see cref="Change.Other"/>; neither is in the log's directory.</summary>
    Moved,

    /// <summary>
    /// A new file or directory was prepared at <see cref="Change.Other"/> in the log's directory, and renamed into place.
    /// </summary>
    Created,

    /// <summary>Renamed to <see cref="Change.Other"/> in the log's directory.</summary>
    Removed,

    /// <summary>A file was replaced by a new one. <see cref="Change.Other"/> is a hard link to the old one.</summary>
    Replaced,
}

/// <summary>
/// One line of the log. Every change is a rename or a <c>mkdir</c>, so it is done wholly or not at all, and the disk shows which.
/// </summary>
/// <param name="Path">Relative to the root, with <c>/</c>, free of links.</param>
/// <param name="Other">Like <paramref name="Path"/>; empty where the change has no second path.</param>
/// <param name="Inode">Of the moved file or directory: identifies it where both paths exist.</param>
internal sealed record Change(ChangeKind Kind, string Path, string Other = "", ulong Inode = 0)
{
    /// <summary>Whether undoing one of the changes can depend on undoing the other.</summary>
    public bool Touches(Change later) => Places.Any(mine => later.Places.Any(other => Overlap(mine, other)));

    [JsonIgnore]
    private string[] Places => Kind == ChangeKind.Moved ? [Path, Other] : [Path];

    private static bool Overlap(string one, string other) => InstallationPaths.Covers(one, other) || InstallationPaths.Covers(other, one);
}
