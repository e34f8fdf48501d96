using PluginUpgrade.Files;

namespace PluginUpgrade.Payloads;

/// <summary>Which paths a payload may name: below the root, in one spelling only, and not reserved for others.</summary>
/// <param name="root">Absolute.</param>
/// <param name="reserved">Absolute directories that a payload may not change, in addition to data/.</param>
internal sealed class PayloadPath(string root, IReadOnlyList<string> reserved)
{
    private readonly List<string> _reserved =
    [
        InstallationPaths.Data,
        .. reserved.Where(path => InstallationPaths.Covers(root, path) && path.Length > root.Length)
            .Select(path => Path.GetRelativePath(root, path)),
    ];

    /// <summary>The problem with the path; null where there is none.</summary>
    public Problem? Fault(string? path)
    {
        if (path is null || !InstallationPaths.IsPlain(path)) return PayloadProblem.NoPath(path ?? "");
        return _reserved.Any(taken => InstallationPaths.Covers(taken, path)) ? PayloadProblem.Reserved(path) : null;
    }
}
