using Npgsql;
using PluginUpgrade.FaultTests.Invariants;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// The databases that every trial begins with, made once and copied for each: an installation with six instances in three databases, one
/// instance that is not active, and a schema that is nobody's.
/// </summary>
public sealed class FleetTemplate
{
    private readonly TestServer _server;
    private readonly IReadOnlyDictionary<string, int> _instances;
    private readonly string[] _databases;
    private readonly string[] _digests;
    private static int _copies;

    private FleetTemplate(TestServer server, IReadOnlyDictionary<string, int> instances, string[] databases, string[] digests) =>
        (_server, _instances, _databases, _digests) = (server, instances, databases, digests);

    /// <summary>The instances' names, and which of the databases they lie in; the last one has its database for itself.</summary>
    public static IReadOnlyDictionary<string, int> Instances { get; } =
        new Dictionary<string, int> { ["acme"] = 0, ["globex"] = 0, ["initech"] = 0, ["umbrella"] = 1, ["wonka"] = 1, ["zorg"] = 2 };

    public static string SchemaOf(string instance) => instance == "zorg" ? "public" : instance;

    public static Task<FleetTemplate> MakeAsync(TestServer server, CancellationToken cancellationToken) =>
        MakeAsync(server, Instances, cancellationToken);

    /// <summary>One database, which the installation and one instance share: for trials by the thousand.</summary>
    public static Task<FleetTemplate> MakeSmallAsync(TestServer server, CancellationToken cancellationToken) =>
        MakeAsync(server, new Dictionary<string, int> { ["acme"] = 0 }, cancellationToken);

    private static async Task<FleetTemplate> MakeAsync(
        TestServer server, IReadOnlyDictionary<string, int> instances, CancellationToken cancellationToken)
    {
        var databases = new string[instances.Values.Max() + 1];
        for (var i = 0; i < databases.Length; i++) databases[i] = await server.CreateDatabaseAsync();
        await ExecuteAsync(databases[0], Counted("public") + Untouched("asleep"), cancellationToken);
        await ExecuteAsync(databases[^1], Untouched("bystander"), cancellationToken);
        foreach (var (name, database) in instances)
            await ExecuteAsync(databases[database],
                $"CREATE SCHEMA IF NOT EXISTS {SchemaOf(name)}; {Counted(SchemaOf(name))}", cancellationToken);
        string[] digests =
        [
            await SchemaDigest.OfAsync(databases[0], "asleep", cancellationToken),
            await SchemaDigest.OfAsync(databases[^1], "bystander", cancellationToken),
        ];
        foreach (var database in databases) Ask.Leave(database);
        return new FleetTemplate(server, instances, databases, digests);
    }

    internal static string Counted(string schema) => $"CREATE SEQUENCE {schema}.attempts; CREATE SEQUENCE {schema}.overlaps;";

    private static string Untouched(string schema) => $"""
        CREATE SCHEMA {schema};
        CREATE TABLE {schema}.story (id int PRIMARY KEY, told text DEFAULT 'x');
        INSERT INTO {schema}.story SELECT generate_series(1, 50);
        """;

    /// <summary>A fleet of its own, with a root directory.</summary>
    /// <param name="like">A fleet to copy as it stands, files too; its databases must not be in use.</param>
    public async Task<Fleet> CopyAsync(CancellationToken cancellationToken, Fleet? like = null)
    {
        var copies = new string[_databases.Length];
        for (var i = 0; i < copies.Length; i++) copies[i] = await CopyAsync(like?.Databases[i] ?? _databases[i], cancellationToken);
        UntouchedSchema[] untouched = [new(copies[0], "asleep", _digests[0]), new(copies[^1], "bystander", _digests[1])];
        return new Fleet(_instances, copies, untouched, like?.Root);
    }

    private async Task<string> CopyAsync(string database, CancellationToken cancellationToken)
    {
        var source = new NpgsqlConnectionStringBuilder(database);
        var name = $"fleet_{Interlocked.Increment(ref _copies)}";
        var server = await _server.StartedAsync();
        await using var connection = await Ask.OpenAsync(server.ConnectionTo("postgres"), cancellationToken);
        await using var copy = new NpgsqlCommand(
            $"CREATE DATABASE {name} TEMPLATE {PostgresName.Quote(source.Database!)}{TestServer.ByFiles(connection)}", connection);
        await copy.ExecuteNonQueryAsync(cancellationToken);
        source.Database = name;
        return source.ConnectionString;
    }

    internal static async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = await Ask.OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
