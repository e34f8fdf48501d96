using System.Collections.Concurrent;

namespace PluginUpgrade;

/// <summary>
/// Modules are loaded from private copies, so the runtime's messages contain the paths of copies. This class replaces them with the
/// modules' own paths, which outlive the run.
/// </summary>
public static class CopiedPaths
{
    private static readonly ConcurrentDictionary<string, string> Own = new(StringComparer.Ordinal);

    /// <param name="copy">A file or folder of the copy.</param>
    /// <param name="own">The original of the copy.</param>
    public static void Note(string copy, string own) => Own[copy] = own;

    /// <summary>The text with the modules' own paths.</summary>
    public static string Translate(string text)
    {
        if (Own.IsEmpty || !text.Contains(ModulesAreCopiedTo, StringComparison.Ordinal)) return text;
        foreach (var (copy, own) in Own.OrderByDescending(pair => pair.Key.Length))
            text = text.Replace(copy, own, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The first part of the name of every directory of copies.</summary>
    public const string ModulesAreCopiedTo = "krang-upgrade-modules-";
}
