using PluginUpgrade.Files;

namespace PluginUpgrade.Payloads;

/// <summary>Which paths a payload may name: below the root, spelled in one way only, and nobody else's.</summary>
/// <param name="root">Absolute.</param>
/// <param name="reserved">Directories that are not a payload's to change, absolute; data/ is another.</param>
internal sealed class PayloadPath(string root, IReadOnlyList<string> reserved)
{
    private readonly List<string> _reserved =
    [
        InstallationPaths.Data,
        .. reserved.Where(path => InstallationPaths.Covers(root, path) && path.Length > root.Length)
            .Select(path => Path.GetRelativePath(root, path)),
    ];

    /// <summary>What is wrong with it, or null.</summary>
    public Problem? Fault(string? path)
    {
        if (path is null || !InstallationPaths.IsPlain(path)) return PayloadProblem.NoPath(path ?? "");
        return _reserved.Any(taken => InstallationPaths.Covers(taken, path)) ? PayloadProblem.Reserved(path) : null;
    }
}
