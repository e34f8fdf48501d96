// Npgsql marks these interfaces as experimental: a new major version may change them. The test TypesOfAServer compares the two ways.
#pragma warning disable NPG9001, NPG9002
using Npgsql;
using Npgsql.Internal;
using Npgsql.PostgresTypes;
using Npgsql.Util;

namespace PluginUpgrade.Postgres;

/// <summary>
/// The types that come with a server: the same in each of its databases. Npgsql loads a database's types when its first connection is
/// opened, which takes the server as long as the login. Lanes' connections get the server's types instead, which are read once, and load
/// the database's types only where it has some of its own (<see cref="OwnTypes"/>).
/// </summary>
internal sealed class ServerTypes
{
    private static readonly AsyncLocal<ServerTypes?> Given = new();

    private readonly IReadOnlyList<PostgresType> _types;
    private readonly string _version;

    static ServerTypes() => NpgsqlDatabaseInfo.RegisterFactory(new Factory());

    private ServerTypes(string version, IReadOnlyList<PostgresType> types) => (_version, _types) = (version, types);

    /// <summary>The lowest oid of types that do not come with the server.</summary>
    public const string FirstOwn = "16384::pg_catalog.oid";

    /// <summary>
    /// Whether a row <c>t</c> of pg_type is the database's own, and Npgsql loads it for itself. Array types come with their elements;
    /// composite types, of which Npgsql loads those without a table, are found in pg_class. Safe under any search path: each operator's
    /// operands have exactly its types.
    /// </summary>
    public const string IsOwn = $"t.oid >= {FirstOwn} AND t.typtype <> 'c' AND (t.typtype = 'd' OR t.typcategory <> 'A')";

    /// <summary>Whether the database has types of its own that Npgsql loads.</summary>
    private const string OwnTypes = $"""
        EXISTS (SELECT FROM pg_catalog.pg_type t WHERE {IsOwn})
        OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid >= {FirstOwn} AND c.relkind = 'c')
        """;

    /// <summary>Opens the first connection of a source.</summary>
    /// <returns>Whether the types are those of the server that answered: another one may have taken over the address.</returns>
    public async Task<(NpgsqlConnection Connection, bool AreRight)> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        Given.Value = this;
        var connection = await Connections.OpenAsync(source, cancellationToken);
        return (connection, connection.PostgresParameters.GetValueOrDefault("server_version") == _version);
    }

    /// <summary>
    /// Loads the types of the database where it has some of its own. Npgsql's query has unqualified names, so this may be called only while
    /// the session's search path has PostgreSQL's own objects alone, as at its beginning. Closes the connection if it fails.
    /// </summary>
    public static async Task<NpgsqlConnection> LearnOwnAsync(
        NpgsqlConnection connection, bool areRight, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(connection, areRight, settings, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task AskAsync(
        NpgsqlConnection connection, bool areRight, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand($"SELECT {OwnTypes}", connection) { CommandTimeout = Sql.Seconds(settings.ConnectTimeout) };
        if (await ask.ExecuteScalarAsync(cancellationToken) is true || !areRight) await connection.ReloadTypesAsync(cancellationToken);
    }

    private sealed class Factory : INpgsqlDatabaseInfoFactory
    {
        /// <returns>Null if anybody else opens the connection: Npgsql then loads the types itself.</returns>
        public Task<NpgsqlDatabaseInfo?> Load(NpgsqlConnector conn, NpgsqlTimeout timeout, bool async) =>
            Task.FromResult<NpgsqlDatabaseInfo?>(Given.Value is { } types ? new Database(conn.Settings, types) : null);
    }

    private sealed class Database(NpgsqlConnectionStringBuilder address, ServerTypes types) : NpgsqlDatabaseInfo(
        address.Host ?? "", address.Port, address.Database ?? "", ParseServerVersion(types._version), types._version)
    {
        protected override IEnumerable<PostgresType> GetTypes() => types._types;
    }

    /// <param name="database">Any database of the server.</param>
    public static async Task<ServerTypes> ReadAsync(string database, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.TryOpenForReadingAsync(database, settings, cancellationToken);
        await using var query = new NpgsqlCommand(TypesSql, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        var (version, types) = ("", new Dictionary<uint, PostgresType>());
        while (await reader.ReadAsync(cancellationToken))
        {
            version = reader.GetString(6);
            var (name, oid) = ($"{reader.GetString(0)}.{reader.GetString(1)}", (uint)reader.GetInt64(2));
            var element = reader.IsDBNull(4) ? null : types.GetValueOrDefault((uint)reader.GetInt64(4));
            PostgresType? type = (reader.GetString(3), element) switch
            {
                ("b" or "p", _) => new BaseType(name, oid),
                ("a", { } of) => new ArrayType(name, oid, of),
                ("r", { } of) => new RangeType(name, oid, of),
                ("m", PostgresRangeType of) => new MultirangeType(name, oid, of),
                ("d", { } of) => new DomainType(name, oid, of, reader.GetBoolean(5)),
                _ => null,
            };
            if (type is not null) types[oid] = type;
        }
        return new ServerTypes(version, [.. types.Values]);
    }

    /// <summary>
    /// The server's types that Npgsql loads, each after those that it is made of. Composite types are not among them. PostgreSQL 13 has no
    /// multiranges.
    /// </summary>
    private const string TypesSql = $"""
        SELECT n.nspname::text, t.typname::text, t.oid::bigint, t.kind, t.element::bigint, t.typnotnull,
               pg_catalog.current_setting('server_version')
        FROM (
          SELECT t.oid, t.typname, t.typnamespace, t.typnotnull,
                 CASE WHEN t.typreceive = 'pg_catalog.array_recv'::regproc THEN 'a' ELSE t.typtype::text END AS kind,
                 CASE WHEN t.typreceive = 'pg_catalog.array_recv'::regproc THEN t.typelem
                      WHEN t.typtype = 'd' THEN t.typbasetype ELSE r.element END AS element
          FROM pg_catalog.pg_type t
          LEFT JOIN (SELECT rngtypid AS type, rngsubtype AS element FROM pg_catalog.pg_range
                     UNION ALL SELECT (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid, r.rngtypid FROM pg_catalog.pg_range r) r
            ON r.type = t.oid
          WHERE t.oid < {FirstOwn}) t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE t.kind IN ('b', 'r', 'm', 'd', 'a') OR t.kind = 'p' AND t.typname IN ('record', 'void', 'unknown')
        ORDER BY pg_catalog.strpos('bprmda', t.kind)
        """;

    /// <summary>Npgsql adds no prefix to names of this schema, and the names here have one already.</summary>
    private const string Catalog = "pg_catalog";

    private sealed class BaseType(string name, uint oid) : PostgresBaseType(Catalog, name, oid);

    private sealed class ArrayType(string name, uint oid, PostgresType of) : PostgresArrayType(Catalog, name, oid, of);

    private sealed class RangeType(string name, uint oid, PostgresType of) : PostgresRangeType(Catalog, name, oid, of);

    private sealed class MultirangeType(string name, uint oid, PostgresRangeType of)
        : PostgresMultirangeType(Catalog, name, oid, of);

    private sealed class DomainType(string name, uint oid, PostgresType of, bool notNull)
        : PostgresDomainType(Catalog, name, oid, of, notNull);
}
