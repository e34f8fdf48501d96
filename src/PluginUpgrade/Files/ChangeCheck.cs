namespace PluginUpgrade.Files;

/// <summary>
/// Checks that a line of a log names only paths that krang-upgrade writes there: below the root, and in the log's own directory. Undoing a
/// change runs with all rights of this process.
/// </summary>
internal static class ChangeCheck
{
    /// <param name="id">The log's id.</param>
    /// <returns>The fault, as a sentence; null where there is none.</returns>
    public static string? Fault(Change? change, string id)
    {
        if (change is null) return "It contains no change.";
        if (!Enum.IsDefined(change.Kind)) return "It contains an unknown kind of change.";
        if (!IsOfTheRoot(change.Path)) return $"No step may change '{change.Path}'.";
        var isRight = change.Kind switch
        {
            ChangeKind.Made => string.IsNullOrEmpty(change.Other),
            ChangeKind.Moved => IsOfTheRoot(change.Other),
            _ => IsStash(change.Other, $"{InstallationPaths.UndoLogs}/{id}/"),
        };
        return isRight ? null : $"A step does not keep files at '{change.Other}'.";
    }

    private static bool IsOfTheRoot(string? path) => path is not null && InstallationPaths.IsPlain(path)
        && !InstallationPaths.Covers(InstallationPaths.UndoLogs, path) && !InstallationPaths.Covers(path, InstallationPaths.UndoLogs);

    private static bool IsStash(string? path, string home) => path is not null && path.StartsWith(home, StringComparison.Ordinal)
        && path.Length > home.Length && path[home.Length..].All(char.IsAsciiDigit);
}
