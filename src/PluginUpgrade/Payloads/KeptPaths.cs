using Microsoft.Extensions.FileSystemGlobbing;

namespace PluginUpgrade.Payloads;

/// <summary>What of the root is the operator's: never overwritten and never removed by a payload.</summary>
public sealed class KeptPaths
{
    private readonly Matcher _matcher = new(StringComparison.Ordinal);

    /// <param name="globs">From the root: <c>*</c> within a name, <c>**</c> any directories.</param>
    public KeptPaths(IEnumerable<string> globs) => _matcher.AddIncludePatterns(globs);

    /// <param name="path">From the root, with <c>/</c>.</param>
    public bool Matches(string path) => _matcher.Match(path).HasMatches;
}
