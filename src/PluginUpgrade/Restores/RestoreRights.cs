using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Restores;

/// <summary>Whether this role, on this server, can restore what a save needs: the same check at save and restore.</summary>
internal static class RestoreRights
{
    /// <summary>Arrays are text parameters, because connections for reading cannot send arrays.</summary>
    private const string RolesSql = """
        SELECT r.name, o.oid IS NOT NULL,
               o.oid IS NOT NULL AND pg_catalog.pg_has_role(o.oid, '{MEMBER}'),
               o.oid IS NOT NULL AND (o.rolname = current_user OR me.rolsuper OR me.rolcreaterole AND NOT o.rolsuper
                 AND ('{MEMBER}' = 'MEMBER' OR pg_catalog.pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION')))
        FROM pg_catalog.unnest($1::text[]) AS r(name) LEFT JOIN pg_catalog.pg_roles o ON o.rolname = r.name
        CROSS JOIN pg_catalog.pg_roles me WHERE me.rolname = current_user
        """;

    private const string TablespacesSql = """
        SELECT s.name, t.oid IS NOT NULL, t.oid IS NOT NULL AND pg_catalog.has_tablespace_privilege(t.oid, 'CREATE'), false
        FROM pg_catalog.unnest($1::text[]) AS s(name) LEFT JOIN pg_catalog.pg_tablespace t ON t.spcname = s.name
        """;

    private const string ExtensionsSql = """
        SELECT s.name, count(v.name) > 0, coalesce(bool_or(NOT v.superuser OR v.trusted), false), false
        FROM pg_catalog.unnest($1::text[]) AS s(name)
        LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = s.name
        LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
        GROUP BY s.name
        """;

    /// <summary>A setting that the server does not know belongs to an extension or a user: everybody may set it.</summary>
    private const string SettingsSql = """
        SELECT s.name, true,
               coalesce(p.context NOT IN ('superuser', 'superuser-backend', 'sighup', 'postmaster', 'internal'), true){GRANTED}, false
        FROM pg_catalog.unnest($1::text[]) AS s(name) LEFT JOIN pg_catalog.pg_settings p ON p.name = pg_catalog.lower(s.name)
        """;

    /// <param name="severity">An error for a restore, a warning for a save.</param>
    /// <param name="targetOf">Finds the target that a statement belongs to.</param>
    public static async Task<IReadOnlyList<Problem>> FindAsync(
        NpgsqlConnection connection, RestoreNeeds needs, Func<string, Target> targetOf, Severity severity,
        CancellationToken cancellationToken)
    {
        var superuser = await IsSuperuserAsync(connection, cancellationToken);
        var roles = await AskAsync(connection, RolesSql.Replace("{MEMBER}", connection.PostgreSqlVersion.Major >= 16 ? "SET" : "MEMBER",
            StringComparison.Ordinal), needs.Roles, cancellationToken);
        var tablespaces = await AskAsync(connection, TablespacesSql, needs.Tablespaces.Keys, cancellationToken);
        var extensions = await AskAsync(connection, ExtensionsSql, needs.Extensions.Keys, cancellationToken);
        List<Problem> problems = [];
        Missing("role", roles, needs.Owners, needs.Grantors, needs.Grantees, needs.SetRoles);
        Missing("tablespace", tablespaces, needs.Tablespaces);
        Missing("extension", extensions, needs.Extensions);
        problems.AddRange(needs.Unnameable.Select(statement => RestoreProblem.Unnameable(targetOf(statement), statement, severity)));
        if (superuser) return problems;
        var granted = connection.PostgreSqlVersion.Major >= 15 ? " OR pg_catalog.has_parameter_privilege(s.name, 'SET')" : "";
        var settings = await AskAsync(
            connection, SettingsSql.Replace("{GRANTED}", granted, StringComparison.Ordinal), needs.Settings.Keys, cancellationToken);
        MayNot(roles, needs.Owners, answer => answer.May, name => $"it is not a member of the role {name}");
        MayNot(roles, needs.Grantors, _ => false, name => $"the role {name} granted it, and only a superuser can grant as that role");
        MayNot(roles, needs.SetRoles, answer => answer.MaySet, name => $"it has no right to change settings of the role {name}");
        MayNot(tablespaces, needs.Tablespaces, answer => answer.May, name => $"it has no right to create objects in the tablespace {name}");
        MayNot(extensions, needs.Extensions, answer => answer.May, name => $"only a superuser can create the extension {name}");
        MayNot(settings, needs.Settings, answer => answer.May, name => $"only a superuser can set {name}");
        problems.AddRange(needs.OfSuperusers.Select(statement =>
            RestoreProblem.MayNot(targetOf(statement), statement, "only a superuser may do that", severity)));
        return problems;

        void Missing(string kind, Dictionary<string, Answer> answers, params Dictionary<string, string>[] needed)
        {
            foreach (var (name, statement) in needed.SelectMany(one => one).DistinctBy(one => one.Key))
                if (!answers[name].Exists) problems.Add(RestoreProblem.NotThere(targetOf(statement), kind, name, statement, severity));
        }

        void MayNot(Dictionary<string, Answer> answers, Dictionary<string, string> needed, Func<Answer, bool> may, Func<string, string> why)
        {
            foreach (var (name, statement) in needed)
                if (answers[name] is { Exists: true } answer && !may(answer))
                    problems.Add(RestoreProblem.MayNot(targetOf(statement), statement, why(name), severity));
        }
    }

    public static async Task<bool> IsSuperuserAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    private readonly record struct Answer(bool Exists, bool May, bool MaySet);

    private static async Task<Dictionary<string, Answer>> AskAsync(
        NpgsqlConnection connection, string sql, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var asked = names.ToList();
        if (asked.Count == 0) return [];
        await using var query = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Sql.Array(asked) } } };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        Dictionary<string, Answer> answers = [];
        while (await reader.ReadAsync(cancellationToken))
            answers[reader.GetString(0)] = new Answer(reader.GetBoolean(1), reader.GetBoolean(2), reader.GetBoolean(3));
        return answers;
    }
}
