using System.Text.RegularExpressions;
using PluginUpgrade.Saves;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Restores.Archives;

/// <summary>
/// Reads what an archive contains. The lines of its list are for people: a name with spaces looks like two names. So the list is used only
/// to find the entries outside schemas; their statements, in which names are quoted, say what they are.
/// </summary>
internal static partial class ArchiveReader
{
    /// <returns>The archive with its schemas; or why it cannot be read.</returns>
    public static async Task<(RestoreArchive Archive, string? Fault)> ReadAsync(RestoreArchive archive, CancellationToken cancellationToken)
    {
        // A list may have many megabytes, so only the lines of interest are kept.
        List<string> lines = [];
        var listed = await ArchiveCall.List(archive).RunAsync(output => ReadListAsync(output, lines, cancellationToken), cancellationToken);
        if (listed.ExitCode != 0) return (archive, listed.Said);
        var list = TemporaryFile();
        try
        {
            await WriteListAsync(list, lines, cancellationToken);
            List<DumpStatement> statements = [];
            var read = await ArchiveCall.Script(archive, list).RunAsync(async output =>
            {
                var script = new DumpScript(output) { PassesOverConnect = true };
                while (await script.NextAsync(cancellationToken) is { } statement) statements.Add(statement);
            }, cancellationToken);
            if (read.ExitCode != 0) return (archive, read.Said);
            return (archive with
            {
                Schemas = SchemasOf(statements),
                Database = DatabaseOf(statements),
                Inventory = await InventoryAsync(archive, cancellationToken),
                DatabaseName = NameOf(lines),
            }, null);
        }
        catch (FormatException e)
        {
            return (archive, e.Message);
        }
        finally
        {
            File.Delete(list);
        }
    }

    /// <exception cref="UpgradeException">There is no disk space or no directory for it.</exception>
    private static string TemporaryFile()
    {
        try
        {
            return Path.GetTempFileName();
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw NoTemporaryFile(e);
        }
    }

    internal static async Task WriteListAsync(string file, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllLinesAsync(file, lines, cancellationToken);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw NoTemporaryFile(e);
        }
    }

    private static UpgradeException NoTemporaryFile(Exception e) => new(new Problem("KU-1015", Path.GetTempPath(),
        $"No temporary file can be created in this directory: {e.Message}",
        "Create it, or set TMPDIR to an existing directory; then run the same command."), e);

    /// <summary>Saves of older versions have none.</summary>
    private static async Task<Inventory?> InventoryAsync(RestoreArchive archive, CancellationToken cancellationToken)
    {
        if (archive.Saved.Inventory is not { } name) return null;
        if (archive.Saved.Files.All(file => file.Path != name)) throw new FormatException("Its manifest does not name its inventory.");
        return Inventory.Parse(await File.ReadAllLinesAsync(
            Path.Combine(Path.GetDirectoryName(archive.Path)!, name), cancellationToken));
    }

    private static async Task ReadListAsync(Stream output, List<string> lines, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(output);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            if (OfNoSchema().IsMatch(line) || line.StartsWith(DatabaseName, StringComparison.Ordinal)) lines.Add(line);
    }

    /// <summary>The line is a comment of the list: pg_restore ignores it when it reads the list again.</summary>
    private static string? NameOf(List<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith(DatabaseName, StringComparison.Ordinal))?[DatabaseName.Length..];

    internal static Dictionary<string, SchemaFrame> SchemasOf(IEnumerable<DumpStatement> statements)
    {
        Dictionary<string, SchemaFrame> schemas = [];
        string? session = null;
        foreach (var (statement, sql) in statements.Select(one => (one.Text, one.Sql)))
        {
            // Grants that another role has given are between these two statements.
            if (statement.StartsWith("SET SESSION AUTHORIZATION ", StringComparison.Ordinal)) session = sql;
            if (statement.StartsWith("RESET SESSION AUTHORIZATION", StringComparison.Ordinal)) session = null;
            if (OnSchema().Match(statement) is not { Success: true } match) continue;
            var name = Unquoted(match.Groups["name"].Value);
            if (match.Groups["create"].Success) schemas[name] = new SchemaFrame(sql, null, []);
            if (!schemas.TryGetValue(name, out var frame) || match.Groups["create"].Success) continue;
            schemas[name] = match.Groups["owner"].Success ? frame with { Owner = sql }
                : frame with { Rest = [.. frame.Rest, .. Within(session, sql)] };
        }
        return schemas;
    }

    private static DatabaseFrame DatabaseOf(IEnumerable<DumpStatement> statements)
    {
        var (options, properties) = ("", new List<DatabaseProperty>());
        foreach (var (statement, encoding) in statements)
        {
            if (OnDatabase().Match(statement) is not { Success: true } match) continue;
            var name = match.Groups["name"];
            var after = statement[(name.Index + name.Length)..];
            if (match.Groups["create"].Success) options = after;
            else properties.Add(new DatabaseProperty(statement[..name.Index], after, encoding));
        }
        return new DatabaseFrame(options, properties);
    }

    private static string[] Within(string? session, string statement) =>
        session is null ? [statement] : [session, statement, "RESET SESSION AUTHORIZATION"];

    private static string Unquoted(string name) =>
        name.StartsWith('"') ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;

    private const string DatabaseName = ";     dbname: ";

    [GeneratedRegex(@"^\d+; \d+ \d+ (SCHEMA - |DATABASE - |DATABASE PROPERTIES - |(COMMENT|ACL|SECURITY LABEL) - (SCHEMA|DATABASE) )")]
    private static partial Regex OfNoSchema();

    private const string Name = "(?<name>\"(?:[^\"]|\"\")+\"|[^\\s\";]+)";

    [GeneratedRegex("^(?:(?<create>CREATE SCHEMA) " + Name + "$|(?<owner>ALTER SCHEMA) " + Name + " OWNER TO |COMMENT ON SCHEMA " + Name
        + " IS |(?:GRANT|REVOKE) [A-Z, ]+ ON SCHEMA " + Name + " (?:TO|FROM) |SECURITY LABEL FOR .+? ON SCHEMA " + Name + " IS )")]
    private static partial Regex OnSchema();

    [GeneratedRegex("^(?:(?<create>CREATE DATABASE) " + Name + " WITH |"
        + "ALTER DATABASE " + Name + " (?:OWNER TO|SET|CONNECTION|IS_TEMPLATE) |"
        + "COMMENT ON DATABASE " + Name + " IS |(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE " + Name + " (?:TO|FROM) |"
        + "ALTER ROLE (?:\"(?:[^\"]|\"\")+\"|[^\\s\";]+) IN DATABASE " + Name + " SET )")]
    private static partial Regex OnDatabase();
}
