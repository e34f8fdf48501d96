using System.Text.Json.Serialization;

namespace PluginUpgrade.Files;

internal enum ChangeKind
{
    /// <summary>A directory was made.</summary>
    Made,

    /// <summary>Renamed from <see cref="Change.Path"/> to <see cref="Change.Other"/>, both outside the log.</summary>
    Moved,

    /// <summary>Something new, prepared at <see cref="Change.Other"/> in the log's directory, was renamed into place.</summary>
    Created,

    /// <summary>Renamed away to <see cref="Change.Other"/> in the log's directory.</summary>
    Removed,

    /// <summary>A file, since when <see cref="Change.Other"/> exists, another link to what it was, was replaced by a new one.</summary>
    Replaced,
}

/// <summary>
/// One line of the log. Every change is a rename or a <c>mkdir</c>: it is made wholly or not at all, and which of the two shows on disk.
/// </summary>
/// <param name="Path">Relative to the root, with <c>/</c>, free of links.</param>
/// <param name="Other">As <paramref name="Path"/>; empty where there is none.</param>
/// <param name="Inode">Of what was moved, by which it is known again where both names are taken.</param>
internal sealed record Change(ChangeKind Kind, string Path, string Other = "", ulong Inode = 0)
{
    /// <summary>Whether undoing one of them could depend on undoing the other.</summary>
    public bool Touches(Change later) => Places.Any(mine => later.Places.Any(other => Overlap(mine, other)));

    [JsonIgnore]
    private string[] Places => Kind == ChangeKind.Moved ? [Path, Other] : [Path];

    private static bool Overlap(string one, string other) => InstallationPaths.Covers(one, other) || InstallationPaths.Covers(other, one);
}
