using Microsoft.Extensions.FileSystemGlobbing;

namespace PluginUpgrade.Payloads;

/// <summary>The paths below the root that belong to the operator: a payload never overwrites or removes them.</summary>
public sealed class KeptPaths
{
    private readonly Matcher _matcher = new(StringComparison.Ordinal);

    /// <param name="globs">Relative to the root: <c>*</c> matches within a name, <c>**</c> matches any directories.</param>
    public KeptPaths(IEnumerable<string> globs) => _matcher.AddIncludePatterns(globs);

    /// <param name="path">Relative to the root, with <c>/</c>.</param>
    public bool Matches(string path) => _matcher.Match(path).HasMatches;
}
