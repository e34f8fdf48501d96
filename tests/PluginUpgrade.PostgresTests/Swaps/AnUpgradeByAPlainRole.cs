using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>
/// Of the sessions of other roles, a role without pg_read_all_stats sees neither what they are nor when they began. What must not be
/// overlooked is found all the same.
/// </summary>
public class AnUpgradeByAPlainRole(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The role owns the instance, and may use the schema of the installation.</summary>
    private static async Task<TestInstallation> CreateAsync(TestServer at, string module, int items = 1000)
    {
        var installation = await TestInstallation.CreateAsync(at, "acme");
        var role = $"plain_{Guid.NewGuid():N}";
        await installation.ExecuteAsync($"""
            CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}; ALTER SCHEMA acme OWNER TO {role}; SET ROLE {role};
            CREATE TABLE acme.item (id bigserial PRIMARY KEY, name text NOT NULL);
            INSERT INTO acme.item (name) SELECT 'item ' || i FROM generate_series(1, {items}) i; RESET ROLE;
            DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END$$
            """);
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        if (module == "Beside") installation.Set("Build", BesideInstallation.Build);
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["CatchUpWithin"] = "10s" };
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Username = role }.ConnectionString;
        var known = await installation.RunAsync("baseline", "1.7");
        Assert.True(known.ExitCode == 0, $"{known}");
        return installation;
    }

    [Theory]
    [InlineData("Beside")]
    [InlineData("BesideFollowing")]
    public async Task Waits_for_an_older_transaction_of_another_role(string module)
    {
        await using var installation = await CreateAsync(server, module);
        await using var reader = await installation.OpenAsync();
        await ExecuteAsync(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.krang_upgrade_journal");

        using var host = installation.Start("--yes", "--verbose");
        await host.SaysAsync("Waiting for transactions that began before the build ended");
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        Assert.Equal(["1000"], await QueryAsync(reader, "SELECT count(*) FROM acme.item"));
        await reader.CloseAsync();

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["acme", "acme__before"], await installation.SchemasAsync());
    }

    /// <summary>Triggers that record changes, and the tables' locks for the fence or the swap: both conflict with it.</summary>
    [Theory]
    [InlineData("Beside")]
    [InlineData("BesideFollowing")]
    public async Task Autovacuum_gives_way(string module)
    {
        await using var own = new TestServer
        {
            Settings = new Dictionary<string, string> { ["autovacuum"] = "on", ["autovacuum_naptime"] = "1" },
        };
        await using var installation = await CreateAsync(own, module, items: 100_000);
        await installation.ExecuteAsync("""
            ALTER TABLE acme.item SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
              autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
            UPDATE acme.item SET name = name || '.'
            """);
        while (await installation.QueryAsync("""
            SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE a.backend_type = 'autovacuum worker' AND l.relation = 'acme.item'::regclass
            """) is []) await Task.Delay(100, Token);

        var result = await installation.RunAsync("--yes");
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["100000"], await installation.QueryAsync("SELECT count(*) FROM acme.item"));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<List<string>> QueryAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return [$"{await command.ExecuteScalarAsync(Token)}"];
    }
}
