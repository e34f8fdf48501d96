using System.Globalization;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Postgres.Programs;

/// <summary>Versions as servers and programs print them.</summary>
internal static class ToolVersions
{
    /// <summary>Asks one of PostgreSQL's programs for its version; this works as root too.</summary>
    /// <returns>As in <c>15.18</c> or <c>19beta1</c>; null if the output has none.</returns>
    /// <exception cref="UpgradeException">It cannot be run, or does not end.</exception>
    public static async Task<string?> AskAsync(string program, CancellationToken cancellationToken) =>
        Of((await new ProgramCall { File = program, Arguments = ["--version"] }.RunAsync(cancellationToken)).Output);

    /// <param name="said">As in <c>pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)</c>.</param>
    public static string? Of(string said) =>
        said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, _, var version, ..] && Major(version) > 0 ? version : null;

    /// <summary>As in <c>15.18 (Debian 15.18-0+deb12u1)</c> or <c>19beta1</c>; 0 where there is none.</summary>
    public static int Major(string version) =>
        int.TryParse(string.Concat(version.TakeWhile(char.IsAsciiDigit)), CultureInfo.InvariantCulture, out var major) ? major : 0;
}
