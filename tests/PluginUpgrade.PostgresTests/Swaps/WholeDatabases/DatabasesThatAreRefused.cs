using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>What refuses a side-by-side upgrade of a whole database before anything changes; and what a failure leaves.</summary>
public class DatabasesThatAreRefused(TestServer server)
{
    [Theory]
    [InlineData("drain", "Drain", "SELECT 1 / 0", "KU-8030", false)]
    [InlineData("build", "Build", "CREATE TABLE other (); SELECT 1 / 0", "KU-8030", true)]
    [InlineData("verify", "Fault", "Some items are missing.", "KU-8033", true)]
    public async Task T5_A_failure_leaves_the_live_database_and_keeps_what_was_built(
        string part, string key, string value, string code, bool isKept)
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        own.Installation.Set(key, value);
        var failed = await own.Installation.FailsAsync(code);
        Assert.Contains($"{part} of V2_000 on acme", failed.Error);
        Assert.Equal(isKept ? ["", "__failed"] : [""], await own.DatabasesAsync());
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await own.JournalAsync());
        // Nobody waits any longer.
        await own.ExecuteAsync("INSERT INTO item VALUES (9000, 'after')");
    }

    [Fact]
    public async Task A_structure_that_somebody_changes_during_the_build_stops_the_exchange()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        own.Installation.Set("Build", OwnDatabase.Build + "; SELECT pg_sleep(1.5)");
        using var host = own.Installation.Start("--yes");
        await own.WaitForAsync("__next");
        while ((await own.QueryAsync("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND relation = 'item'::regclass"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        const string building = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1.5)%' AND datname LIKE '%\\_\\_next'";
        while ((await own.QueryAsync(building))[0] == "0") await Task.Delay(20, TestContext.Current.CancellationToken);
        await own.ExecuteAsync("CREATE SCHEMA surprise; CREATE TABLE surprise.x ()");
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 1 && result.Error.Contains("KU-8037", StringComparison.Ordinal), $"{result}");
        Assert.Equal(["", "__failed"], await own.DatabasesAsync());
    }

    [Fact]
    public async Task Everything_that_can_be_seen_beforehand_is_told_together()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        var name = PostgresName.Quote(own.Name);
        await own.ExecuteAsync("CREATE PUBLICATION p FOR TABLE item");
        await own.ExecuteAsync("BEGIN; INSERT INTO item VALUES (1e6, 'x'); PREPARE TRANSACTION 'half done'");
        await own.Installation.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(own.Name + "__before")}");
        await own.Installation.ExecuteAsync($"ALTER DATABASE {name} IS_TEMPLATE true");
        var refused = await own.Installation.RunAsync("--yes");
        await own.ExecuteAsync("ROLLBACK PREPARED 'half done'");
        Assert.Equal(2, refused.ExitCode);
        foreach (var told in new[] { "KU-8071", "KU-8074", "publication p", "prepared transaction half done", "KU-8078" })
            Assert.True(refused.Error.Contains(told, StringComparison.Ordinal), $"{told}: {refused}");
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
        Assert.Equal(["1.7 baseline"], await own.JournalAsync());
    }

    [Fact]
    public async Task An_instance_without_a_schema_in_a_shared_database_is_of_no_kind()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.ExecuteAsync("CREATE SCHEMA globex");
        own.Installation.Settings["Instances"]!["globex"] = new JsonObject { ["Database"] = own.Live, ["Schema"] = "globex" };
        var refused = await own.Installation.RunAsync("--yes", "--instance", "acme");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("KU-8070", (await own.Installation.RunAsync("--yes", "acme")).Error + refused.Error);
    }

    /// <summary>T9: a role that may not end the sessions of others is refused while they are connected.</summary>
    [Fact]
    public async Task T9_A_role_that_may_not_end_other_sessions_is_refused_while_they_are_connected()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        var role = $"upgrader_{Guid.NewGuid():N}";
        await own.ExecuteAsync($"""
            CREATE ROLE {role} LOGIN CREATEDB; ALTER DATABASE {PostgresName.Quote(own.Name)} OWNER TO {role};
            ALTER TABLE item OWNER TO {role}; ALTER TABLE krang_upgrade_journal OWNER TO {role}; ALTER SCHEMA public OWNER TO {role}
            """);
        own.Installation.Settings["Instances"]!["acme"]!["Database"] =
            new Npgsql.NpgsqlConnectionStringBuilder(own.Live) { Username = role }.ConnectionString;
        await using (await own.Installation.OpenAsync(own.Live))
        {
            var refused = await own.Installation.RunAsync("--yes");
            Assert.True(refused.ExitCode == 2 && refused.Error.Contains("KU-8073", StringComparison.Ordinal), $"{refused}");
        }
        while ((await own.Installation.QueryAsync($"SELECT count(*) FROM pg_stat_activity WHERE datname = '{own.Name}'"))[0] != "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await own.Installation.UpgradesAsync();
        Assert.Equal([role], await own.QueryAsync("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'item'"));
    }
}
