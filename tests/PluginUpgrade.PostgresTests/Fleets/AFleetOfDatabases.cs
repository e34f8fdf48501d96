using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Fleets;

/// <summary>What was opened to look at a database stays for its lane, until somebody could be in want of it.</summary>
public class AFleetOfDatabases(TestServer server)
{
    private static readonly string[] Names = ["acme", "globex", "initech"];

    [Fact]
    public async Task Is_upgraded_over_the_connections_that_looked_at_it()
    {
        await using var installation = await CreateAsync();
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstallation = "CREATE TABLE began AS SELECT extract(epoch FROM clock_timestamp()) AS at",
            PerInstance = """
                CREATE TABLE lane AS SELECT backend_start, current_setting('DateStyle') AS style, current_setting('search_path') AS path
                FROM pg_stat_activity WHERE pid = pg_backend_pid()
                """,
        });

        await installation.SucceedsAsync();

        var began = await installation.QueryAsync("SELECT at::text FROM began");
        foreach (var database in Databases(installation))
        {
            Assert.Equal(["True"], await installation.QueryAsync(
                $"SELECT extract(epoch FROM backend_start) < {began[0]} FROM lane", database));
            // Nothing of the reading is left in the session.
            Assert.Equal(
                ["SQL, DMY \"public\", \"pg_temp\""], await installation.QueryAsync("SELECT style || ' ' || path FROM lane", database));
        }
    }

    /// <summary>No session may be in a database that is copied, not even an idle one.</summary>
    [Fact]
    public async Task Has_no_idle_connection_in_the_way_of_a_module_that_copies_a_database()
    {
        await using var installation = await CreateAsync();
        var source = new NpgsqlConnectionStringBuilder(Databases(installation)[0]).Database;
        installation.Drop(
            new ModuleSource("V1_001") { PerInstance = "CREATE TABLE story (id int)" },
            new ModuleSource("V1_002")
            {
                Version = "1.002",
                IsRepeatable = true,
                PerInstance = null,
                PerInstallation = $"CREATE DATABASE {source}_copy TEMPLATE {source}",
            },
            new ModuleSource("V1_003") { PerInstance = "CREATE TABLE comment (id int)" });

        await installation.SucceedsAsync();

        Assert.Equal(["1.001 done V1_001", "1.003 done V1_003"], await InstanceJournalAsync(installation, Databases(installation)[0]));
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateAsync(server);
        var instances = new JsonObject();
        foreach (var name in Names)
        {
            var database = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()).Database!;
            await installation.ExecuteAsync($"ALTER DATABASE {database} SET DateStyle = 'SQL, DMY'");
            instances[name] = new JsonObject { ["Database"] = $"Database={database}" };
        }
        installation.Settings["Instances"] = instances;
        return installation;
    }

    private static List<string> Databases(TestInstallation installation) =>
    [
        .. Names.Select(name => new NpgsqlConnectionStringBuilder(installation.Database)
        {
            Database = $"{installation.Settings["Instances"]![name]!["Database"]}"["Database=".Length..],
        }.ConnectionString),
    ];

    private static Task<List<string>> InstanceJournalAsync(TestInstallation installation, string database) => installation.QueryAsync(
        "SELECT version || ' ' || state || ' ' || module FROM krang_upgrade_journal WHERE scope = 'instance' ORDER BY started_at",
        database);
}
