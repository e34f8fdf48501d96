using System.Text;

namespace PluginUpgrade.Payloads;

/// <summary>Which paths a payload may name: below the root, spelled in one way only, and nobody else's.</summary>
/// <param name="root">Absolute.</param>
/// <param name="reserved">Directories that are not a payload's to change, absolute; data/ is another.</param>
internal sealed class PayloadPath(string root, IReadOnlyList<string> reserved)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly List<string> _reserved =
    [
        InstallationPaths.Data,
        .. reserved.Where(path => InstallationPaths.Covers(root, path) && path.Length > root.Length)
            .Select(path => Path.GetRelativePath(root, path)),
    ];

    /// <summary>What is wrong with it, or null.</summary>
    public Problem? Fault(string? path)
    {
        if (path is null || !IsPlain(path)) return PayloadProblem.NoPath(path ?? "");
        return _reserved.Any(taken => InstallationPaths.Covers(taken, path)) ? PayloadProblem.Reserved(path) : null;
    }

    /// <summary>Relative, with one spelling only.</summary>
    public static bool IsPlain(string path)
    {
        if (path.Contains('\0') || path.Split('/').Any(name => name is "" or "." or "..")) return false;
        try
        {
            // Half a surrogate pair would name another file than the one meant.
            return Strict.GetByteCount(path) > 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
