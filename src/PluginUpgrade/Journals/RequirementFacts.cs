using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Journals;

/// <summary>What a database has of that which modules require.</summary>
public sealed record RequirementFacts
{
    /// <summary>By name: the version that is installed, and those that the server could install where none is.</summary>
    public IReadOnlyDictionary<string, (string? Installed, string Offered)> Extensions { get; init; } =
        new Dictionary<string, (string?, string)>();

    /// <summary>
    /// By name: the value as SHOW tells it (null: there is none, or this role may not see it), and whether only a new start changes it.
    /// </summary>
    public IReadOnlyDictionary<string, (string? Value, bool AtStart)> Settings { get; init; } =
        new Dictionary<string, (string?, bool)>();

    /// <summary>In one round trip; none where nothing of the kind is required.</summary>
    public static async Task<RequirementFacts> ReadAsync(
        NpgsqlConnection connection, IEnumerable<Requirement> requirements, CancellationToken cancellationToken)
    {
        List<string> extensions = [], settings = [];
        foreach (var requirement in requirements.Distinct())
            if (requirement is Requirement.Extension extension) extensions.Add(extension.Name);
            else if (requirement is Requirement.Setting setting) settings.Add(setting.Name);
        if (extensions.Count + settings.Count == 0) return new RequirementFacts();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { Command(ExtensionsSql, extensions), Command(SettingsSql, settings) },
        };
        Dictionary<string, (string?, string)> installed = [];
        Dictionary<string, (string?, bool)> shown = [];
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) installed[reader.GetString(0)] = (Text(reader, 1), reader.GetString(2));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) shown[reader.GetString(0)] = (Text(reader, 1), reader.GetBoolean(2));
        return new RequirementFacts { Extensions = installed, Settings = shown };
    }

    private static NpgsqlBatchCommand Command(string sql, List<string> names) =>
        new(sql) { Parameters = { new() { Value = Sql.Array(names.Distinct()) } } };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private const string ExtensionsSql = """
        SELECT r.name, e.extversion::text, CASE WHEN e.oid IS NOT NULL THEN '' ELSE coalesce(
                 (SELECT string_agg(v.version, ' ' ORDER BY v.version)
                  FROM pg_catalog.pg_available_extension_versions v WHERE v.name = r.name), '') END
        FROM unnest($1::text[]) AS r(name) LEFT JOIN pg_catalog.pg_extension e ON e.extname = r.name
        """;

    /// <summary>Settings of extensions (with a dot) are not all listed. To ask for one that a role may not see is an error.</summary>
    private const string SettingsSql = """
        SELECT r.name,
               CASE WHEN s.name IS NOT NULL OR strpos(r.name, '.') > 0 THEN pg_catalog.current_setting(r.name, true) END,
               coalesce(s.context IN ('internal', 'postmaster'), false)
        FROM unnest($1::text[]) AS r(name) LEFT JOIN pg_catalog.pg_settings s ON lower(s.name) = lower(r.name)
        """;
}
