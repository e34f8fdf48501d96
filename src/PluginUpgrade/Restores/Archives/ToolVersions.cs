using System.Globalization;

namespace PluginUpgrade.Restores.Archives;

/// <summary>Versions as servers and programs say them.</summary>
internal static class ToolVersions
{
    /// <summary>As in <c>15.18 (Debian 15.18-0+deb12u1)</c> or <c>19beta1</c>; 0 where there is none.</summary>
    public static int Major(string version) =>
        int.TryParse(string.Concat(version.TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture, out var major) ? major : 0;
}
