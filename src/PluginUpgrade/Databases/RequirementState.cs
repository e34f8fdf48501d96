using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>The extensions and settings that modules require, as the database has them.</summary>
public sealed record RequirementState
{
    /// <summary>By name: the installed version, and the versions that the server offers where none is installed.</summary>
    public IReadOnlyDictionary<string, (string? Installed, string Offered)> Extensions { get; init; } =
        new Dictionary<string, (string?, string)>();

    /// <summary>
    /// By name: the value that SHOW returns (null: there is no such setting, or this role may not see it), and whether only a restart
    /// changes it.
    /// </summary>
    public IReadOnlyDictionary<string, (string? Value, bool AtStart)> Settings { get; init; } =
        new Dictionary<string, (string?, bool)>();

    /// <summary>Reads them in one round trip; in none where no module requires any.</summary>
    public static async Task<RequirementState> ReadAsync(
        NpgsqlConnection connection, IEnumerable<Requirement> requirements, CancellationToken cancellationToken)
    {
        List<string> extensions = [], settings = [];
        foreach (var requirement in requirements.Distinct())
            if (requirement is Requirement.Extension extension) extensions.Add(extension.Name);
            else if (requirement is Requirement.Setting setting) settings.Add(setting.Name);
        if (extensions.Count + settings.Count == 0) return new RequirementState();
        var batch = new QueryBatch(connection);
        var installed = batch.Add(
            ExtensionsSql, row => (Name: row.GetString(0), Has: (Text(row, 1), row.GetString(2))), Sql.Array(extensions.Distinct()));
        var shown = batch.Add(
            SettingsSql, row => (Name: row.GetString(0), Has: (Text(row, 1), row.GetBoolean(2))), Sql.Array(settings.Distinct()));
        await batch.ReadAsync(cancellationToken);
        return new RequirementState
        {
            Extensions = installed.ToDictionary(one => one.Name, one => one.Has),
            Settings = shown.ToDictionary(one => one.Name, one => one.Has),
        };
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private const string ExtensionsSql = """
        SELECT r.name, e.extversion::text, CASE WHEN e.oid IS NOT NULL THEN '' ELSE coalesce(
                 (SELECT pg_catalog.string_agg(v.version, ' ' ORDER BY v.version)
                  FROM pg_catalog.pg_available_extension_versions v WHERE v.name = r.name), '') END
        FROM pg_catalog.unnest($1::text[]) AS r(name) LEFT JOIN pg_catalog.pg_extension e ON e.extname = r.name
        """;

    /// <summary>
    /// pg_settings does not list all settings of extensions (with a dot). Asking for a setting that a role may not see is an error.
    /// </summary>
    private const string SettingsSql = """
        SELECT r.name,
               CASE WHEN s.name IS NOT NULL OR pg_catalog.strpos(r.name, '.') > 0 THEN pg_catalog.current_setting(r.name, true) END,
               coalesce(s.context IN ('internal', 'postmaster'), false)
        FROM pg_catalog.unnest($1::text[]) AS r(name)
        LEFT JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) = pg_catalog.lower(r.name)
        """;
}
