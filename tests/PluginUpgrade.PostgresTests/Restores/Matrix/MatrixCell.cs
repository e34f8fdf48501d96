using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores.Matrix;

/// <summary>One database of the matrix, with one kind of content, as an instance or two of an installation.</summary>
internal sealed class MatrixCell(TestInstallation installation, RestoreKind kind, string role, string scope)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public RestoreKind Kind => kind;

    /// <summary>The names of its instances.</summary>
    public IReadOnlyList<string> Names => WithPublic ? [Name, $"{Name}-public"] : [Name];

    private string Name { get; } = kind.Name.ToLowerInvariant().Replace(' ', '-');

    private string Database => $"{role}_{scope}_{kind.Name}".Replace(' ', '_').ToLower(CultureInfo.InvariantCulture);

    private bool WithPublic => kind.WithPublic && scope != "own";

    private bool IsWhole => scope != "schema" && !WithPublic;

    private string Schema => kind.WithPublic || scope == "schema" && kind.Name != "public of a superuser" ? "acme" : "public";

    private string Connection => new NpgsqlConnectionStringBuilder(installation.Database)
    {
        Database = Database,
    }.ConnectionString;

    public async Task MakeAsync()
    {
        await installation.ExecuteAsync($"CREATE DATABASE {Database} OWNER matrix_owner{kind.Options}");
        var schema = Schema == "acme" ? "CREATE SCHEMA acme;" : "";
        await RunAsync($"SET ROLE matrix_owner; {schema}{kind.ByOwner}");
        await RunAsync(kind.BySuperuser);
        var instances = installation.Settings["Instances"]!.AsObject();
        lock (instances)
        {
            instances[Name] = new JsonObject { ["Database"] = $"Database={Database}" };
            if (!IsWhole) instances[Name]!["Schema"] = Schema;
            if (WithPublic) instances[$"{Name}-public"] = new JsonObject { ["Database"] = $"Database={Database}", ["Schema"] = "public" };
        }
    }

    public async Task SpoilAsync()
    {
        if (scope == "lost")
        {
            await installation.ExecuteAsync($"ALTER DATABASE {Database} IS_TEMPLATE false");
            await installation.ExecuteAsync(
                $"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{Database}'");
            await installation.ExecuteAsync($"DROP DATABASE {Database} WITH (FORCE)");
        }
        else await RunAsync($"SET ROLE matrix_owner; {kind.Sabotage}");
    }

    /// <summary>Definitions, rows, rights and settings as pg_dump writes them, byte for byte, and what it does not write.</summary>
    public async Task<string> DigestAsync()
    {
        if (await installation.QueryAsync($"SELECT 1 FROM pg_database WHERE datname = '{Database}'") is []) return "lost";
        var dump = await DumpText.OfAsync(Connection, scope == "schema" && !WithPublic ? Schema : null, Encoding.Latin1);
        // They go with a database that is dropped, which is no restore's doing.
        var slots = scope == "lost" ? []
            : await installation.QueryAsync($"SELECT slot_name FROM pg_replication_slots WHERE database = '{Database}'");
        var published = await installation.QueryAsync(
            "SELECT pubname || ' ' || schemaname || '.' || tablename FROM pg_publication_tables ORDER BY 1", Connection);
        return string.Join('\n', [dump, .. slots, .. published]);
    }

    private Task RunAsync(string sql) => sql.Length == 0 ? Task.CompletedTask : installation.ExecuteAsync(
        sql.Replace("{S}", Schema).Replace("{D}", Database).Replace("{Q}", Database), Connection);
}
