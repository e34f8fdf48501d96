using System.Runtime.InteropServices;

namespace PluginUpgrade.Catalogue;

/// <summary>The runtime identifiers that fit this machine: the folders of a package (<c>runtimes/linux-x64</c>) that may be used.</summary>
internal static class ThisPlatform
{
    /// <summary>From the most specific to the most general, in the order in which .NET falls back.</summary>
    public static IReadOnlyList<string> Identifiers { get; } = [.. All().Distinct(StringComparer.Ordinal)];

    /// <summary>0 is the best match; null: it does not fit.</summary>
    public static int? RankOf(string identifier)
    {
        for (var i = 0; i < Identifiers.Count; i++)
            if (Identifiers[i] == identifier) return i;
        return null;
    }

    private static IEnumerable<string> All()
    {
        var own = RuntimeInformation.RuntimeIdentifier;
        var processor = own[(own.LastIndexOf('-') + 1)..];
        yield return own;
        string[] systems = OperatingSystem.IsWindows() ? ["win"]
            : OperatingSystem.IsMacOS() ? ["osx", "unix"]
            : own.Contains("musl", StringComparison.Ordinal) ? ["linux-musl", "linux", "unix"] : ["linux", "unix"];
        foreach (var system in systems)
        {
            yield return $"{system}-{processor}";
            yield return system;
        }
        yield return "any";
        yield return "base";
    }
}
