using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// What a journal of format 1 says of one component. krang-upgrade derives the same version (<c>CurrentVersion</c>), and also knows the
/// modules: a test compares the two.
/// </summary>
internal sealed record GuardJournal
{
    private const string Table = "krang_upgrade_journal";
    private const string Format = "krang-upgrade journal, format 1";

    /// <summary>krang-upgrade's own component, which journals of earlier releases name differently.</summary>
    private const string Payload = "krang:payload";
    private const string FormerPayload = "payload";

    private const string Look = $"""
        SELECT c.relkind = 'r', coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),
               pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
               c.relrowsecurity AND pg_catalog.row_security_active(c.oid)
        FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = '{Table}'
        WHERE n.nspname = $1
        """;

    /// <summary>Whether the schema has a journal.</summary>
    public bool Exists { get; init; } = true;

    /// <summary>Why the journal cannot be read: the end of a sentence about it.</summary>
    public string? Fault { get; init; }

    /// <summary>The newest version that is done or a baseline.</summary>
    public UpgradeVersion? Version { get; init; }

    /// <summary>The newest version of a step that is running, or was interrupted.</summary>
    public UpgradeVersion? Running { get; init; }

    /// <summary>The newest version that was run by hand and does not count.</summary>
    public UpgradeVersion? ByHand { get; init; }

    /// <summary>Whether the component has rows, but only in the other scope: installation or instance.</summary>
    public bool HasOtherScope { get; init; }

    public static async Task<GuardJournal> ReadAsync(
        NpgsqlConnection connection, GuardQuestion question, CancellationToken cancellationToken)
    {
        using var look = new NpgsqlCommand(Look, connection) { Parameters = { new() { Value = question.Schema } } };
        using (var reader = await look.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) return new GuardJournal { Exists = false };
            if (FaultOf(reader, question.Schema) is { } fault) return new GuardJournal { Fault = fault };
        }
        return await ReadRowsAsync(connection, question, cancellationToken).ConfigureAwait(false);
    }

    private static string? FaultOf(NpgsqlDataReader seen, string schema) =>
        !seen.GetBoolean(0) || seen.GetBoolean(3) || !seen.GetString(1).StartsWith("krang-upgrade journal", StringComparison.Ordinal)
            ? $"is not a journal of krang-upgrade: another object has the name {Table}."
        : seen.GetString(1) != Format ? $"has another format ({seen.GetString(1)}): build the application with a newer PluginUpgrade.Sdk."
        : seen.GetBoolean(2) ? null
        : $"may not be read by this role: GRANT USAGE ON SCHEMA {PostgresName.Quote(schema)} TO role; "
            + $"GRANT SELECT ON {PostgresName.Quote(schema)}.{Table} TO role;";

    private static async Task<GuardJournal> ReadRowsAsync(
        NpgsqlConnection connection, GuardQuestion question, CancellationToken cancellationToken)
    {
        var rows = $$"""
            SELECT scope, version, state, NOT by_hand
                     OR earlier @> '[{"by_hand": false, "state": "done"}]' OR earlier @> '[{"by_hand": false, "state": "baseline"}]'
            FROM {{PostgresName.Quote(question.Schema)}}.{{Table}} WHERE component = ANY ($1)
            """;
        using var query = new NpgsqlCommand(rows, connection) { Parameters = { new() { Value = Written(question.Options.Component) } } };
        using var reader = await query.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new GuardJournal();
        var own = 0;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (reader.GetString(0) != (question.Options.Installation ? "installation" : "instance"))
            {
                found = found with { HasOtherScope = true };
                continue;
            }
            own++;
            if (UpgradeVersion.TryParse(reader.GetString(1), out var version))
                found = found.With(version, reader.GetString(2), reader.GetBoolean(3) || question.Options.CountRunByHand);
            else found = found with { Fault = $"has a row whose version is '{reader.GetString(1)}'." };
        }
        return found with { HasOtherScope = found.HasOtherScope && own == 0 };
    }

    private static string[] Written(string component) =>
        component == Payload ? [Payload, FormerPayload] : component == FormerPayload ? [] : [component];

    private GuardJournal With(UpgradeVersion version, string state, bool counts) => state switch
    {
        "baseline" => this with { Version = Newer(Version, version) },
        "done" when counts => this with { Version = Newer(Version, version) },
        "done" => this with { ByHand = Newer(ByHand, version) },
        "running" => this with { Running = Newer(Running, version) },
        _ => this,
    };

    private static UpgradeVersion Newer(UpgradeVersion? one, UpgradeVersion other) =>
        one is { } version && version > other ? version : other;
}
