using System.Collections.Concurrent;

namespace PluginUpgrade;

/// <summary>
/// Modules are loaded from private copies, so the runtime's messages name these. Messages name the module's own paths, which last.
/// </summary>
public static class CopiedPaths
{
    private static readonly ConcurrentDictionary<string, string> Own = new(StringComparer.Ordinal);

    /// <param name="copy">A file or folder of the copy.</param>
    /// <param name="own">What it is a copy of.</param>
    public static void Note(string copy, string own) => Own[copy] = own;

    /// <summary>The text with the modules' own paths in it.</summary>
    public static string Translate(string text)
    {
        if (Own.IsEmpty || !text.Contains(ModulesAreCopiedTo, StringComparison.Ordinal)) return text;
        foreach (var (copy, own) in Own.OrderByDescending(pair => pair.Key.Length))
            text = text.Replace(copy, own, StringComparison.Ordinal);
        return text;
    }

    /// <summary>How every directory of copies is named at its beginning.</summary>
    public const string ModulesAreCopiedTo = "krang-upgrade-modules-";
}
