using System.Text.RegularExpressions;
using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Restores;

/// <summary>
/// What an archive's statements need of the server and of the role that runs them. It is read from the statements, in which pg_dump quotes
/// every name; each need is kept with the first statement that has it.
/// </summary>
internal sealed partial class RestoreNeeds
{
    private const string Name = "(?<name>\"(?:[^\"]|\"\")+\"|[^\\s\";,]+)";

    /// <summary>Roles of which the role must be a member: those that own something, or have default privileges.</summary>
    public Dictionary<string, string> Owners { get; } = [];

    /// <summary>Roles that have granted something themselves: only a superuser can act as them.</summary>
    public Dictionary<string, string> Grantors { get; } = [];

    /// <summary>Roles that only need to exist.</summary>
    public Dictionary<string, string> Grantees { get; } = [];

    public Dictionary<string, string> Tablespaces { get; } = [];

    public Dictionary<string, string> Extensions { get; } = [];

    /// <summary>Settings of databases and functions.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Roles that have settings of their own in a database.</summary>
    public Dictionary<string, string> SetRoles { get; } = [];

    /// <summary>Statements that only superusers may execute.</summary>
    public List<string> OfSuperusers { get; } = [];

    /// <summary>Definitions of tables with a name, or a column's name, that is not UTF-8: COPY cannot be sent for these.</summary>
    public List<string> Unnameable { get; } = [];

    public void Add(DumpStatement statement)
    {
        Add(statement.Text);
        if (statement.Encoding is not null && MadeTable().Match(statement.Text) is { Success: true } table
            && table.Groups["name"].Captures.Any(name => !IsUtf8(name.Value)) && statement.Encoding == "SQL_ASCII")
            Unnameable.Add(statement.Text);
    }

    /// <summary>Each character stands for a byte.</summary>
    private static bool IsUtf8(string bytes) => System.Text.Unicode.Utf8.IsValid(System.Text.Encoding.Latin1.GetBytes(bytes));

    public IEnumerable<string> Roles => Owners.Keys.Concat(Grantors.Keys).Concat(Grantees.Keys).Concat(SetRoles.Keys).Distinct();

    /// <summary>Whether owners of schemas themselves are left out: a role that does not own a schema does not change its owner.</summary>
    public bool LeavesSchemas { get; init; }

    public void Add(string statement)
    {
        if (LeavesSchemas && statement.StartsWith("ALTER SCHEMA ", StringComparison.Ordinal)) return;
        // pg_dump ends a session as another role with RESET.
        if (GrantorOf().Match(statement) is { Success: true } grantor) Note(Grantors, grantor, statement);
        else if (OwnerOf().Match(statement) is { Success: true } owner) Note(Owners, owner, statement);
        else if (GranteeOf().Match(statement) is { Success: true } grantee) Note(Grantees, grantee, statement);
        else if (TablespaceOf().Match(statement) is { Success: true } tablespace) Note(Tablespaces, tablespace, statement);
        else if (ExtensionOf().Match(statement) is { Success: true } extension) Note(Extensions, extension, statement);
        else if (SettingOf().Match(statement) is { Success: true } setting) Note(Settings, setting, statement);
        else if (SettingOfRole().Match(statement) is { Success: true } ofRole)
        {
            Note(SetRoles, ofRole, statement);
            Settings.TryAdd(ofRole.Groups["setting"].Value, statement);
        }
        else if (SuperuserOnly().IsMatch(statement) || PrivilegedFunction().IsMatch(statement)) OfSuperusers.Add(statement);
        foreach (Match set in FunctionSetting().Matches(statement)) Note(Settings, set, statement);
    }

    private static void Note(Dictionary<string, string> needs, Match match, string statement)
    {
        var name = match.Groups["name"].Value;
        if (name.StartsWith('"')) name = name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal);
        if (name is not ("" or "''" or "PUBLIC")) needs.TryAdd(name, statement);
    }

    [GeneratedRegex("^SET SESSION AUTHORIZATION " + Name + "$")]
    private static partial Regex GrantorOf();

    [GeneratedRegex("^ALTER (?:DEFAULT PRIVILEGES FOR ROLE " + Name + " |[A-Z ]+ .+ OWNER TO " + Name + "$)", RegexOptions.Singleline)]
    private static partial Regex OwnerOf();

    [GeneratedRegex("^(?:GRANT|REVOKE) .+ (?:TO|FROM) " + Name + "(?: WITH GRANT OPTION)?$", RegexOptions.Singleline)]
    private static partial Regex GranteeOf();

    [GeneratedRegex("^(?:SET default_tablespace = | WITH TEMPLATE .* TABLESPACE(?: =)? )" + Name + "(?:$| )")]
    private static partial Regex TablespaceOf();

    [GeneratedRegex("^CREATE (?:UNLOGGED )?TABLE (?:\"(?:[^\"]|\"\")+\"|[^\\s\";,]+?)\\." + Name + " \\(\n"
        + "(?:(?:    " + Name + " )?[^\n]*\n)*")]
    private static partial Regex MadeTable();

    [GeneratedRegex("^CREATE EXTENSION (?:IF NOT EXISTS )?" + Name + " ")]
    private static partial Regex ExtensionOf();

    [GeneratedRegex("^ALTER DATABASE (?:\"(?:[^\"]|\"\")+\"|\\S+) SET " + Name + " (?:TO|=) ")]
    private static partial Regex SettingOf();

    [GeneratedRegex("^ALTER ROLE " + Name + " IN DATABASE (?:\"(?:[^\"]|\"\")+\"|\\S+) SET \"?(?<setting>[^\\s\"]+)\"? (?:TO|=) ")]
    private static partial Regex SettingOfRole();

    [GeneratedRegex("^(?:CREATE (?:EVENT TRIGGER|SUBSCRIPTION|ACCESS METHOD|OPERATOR CLASS|OPERATOR FAMILY|TEXT SEARCH PARSER"
        + "|TEXT SEARCH TEMPLATE|FOREIGN DATA WRAPPER|(?:OR REPLACE )?(?:TRUSTED )?(?:PROCEDURAL )?LANGUAGE|TRANSFORM) "
        + "|CREATE PUBLICATION .+ FOR (?:ALL TABLES|TABLES IN SCHEMA)|ALTER PUBLICATION .+ ADD TABLES IN SCHEMA |SECURITY LABEL "
        + "|CREATE TYPE \\S+ \\(\n +(?:INTERNALLENGTH|INPUT) = )")]
    private static partial Regex SuperuserOnly();

    [GeneratedRegex("^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) .*\n    LANGUAGE (?:c |internal |[^\n]* LEAKPROOF)",
        RegexOptions.Singleline)]
    private static partial Regex PrivilegedFunction();

    [GeneratedRegex("(?<=^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) [^\n]*\n(?:    [^\n]*\n)*)    SET " + Name + " TO ")]
    private static partial Regex FunctionSetting();
}
