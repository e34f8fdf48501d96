using System.Text.RegularExpressions;

namespace PluginUpgrade.Harness;

/// <summary>What refusals have in common: exit code 2, the codes of all problems, and nothing changed in database or directory.</summary>
public static partial class Refusal
{
    /// <summary>Runs the program, which is to refuse with exactly these problems.</summary>
    public static async Task<HostResult> RefusesAsync(this TestInstallation installation, string[] codes, params string[] arguments)
    {
        installation.WriteSettings();
        var before = await SnapshotAsync(installation);

        var result = await installation.RunAsync(arguments);

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(codes.Order(), Codes(result).Order());
        Assert.Contains("nothing was changed", result.Error);
        Assert.Empty(result.Output);
        IsForPeople(result);
        Assert.Equal(before, await SnapshotAsync(installation));
        return result;
    }

    /// <summary>Codes of all errors that were told.</summary>
    public static IEnumerable<string> Codes(HostResult result) => ErrorLine().Matches(result.Error).Select(match => match.Groups[1].Value);

    /// <summary>No stack trace, and no name of an exception where a sentence belongs.</summary>
    public static void IsForPeople(HostResult result) => Assert.DoesNotMatch(@"(?m)^ +at [\w.]+|Unhandled exception|KU-9001", result.All);

    /// <summary>Every table with its rows, journals too, and every file below the root.</summary>
    public static async Task<string> SnapshotAsync(this TestInstallation installation)
    {
        var relations = await installation.QueryAsync("""
            SELECT n.nspname || '.' || c.relname || ' ' || c.oid || ' ' || c.relkind::text ||
              CASE WHEN c.relkind IN ('r', 'p')
                THEN query_to_xml(format('SELECT * FROM %I.%I', n.nspname, c.relname), true, false, '')::text ELSE '' END
            FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
            WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 1
            """);
        var files = Directory.EnumerateFileSystemEntries(installation.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return string.Join('\n', [.. relations, .. files.Select(path => $"{path} {ContentOf(path)}")]);

        static string ContentOf(string path) => File.Exists(path) ? Convert.ToBase64String(File.ReadAllBytes(path)) : "";
    }

    [GeneratedRegex(@"^error (KU-\d{4})", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
