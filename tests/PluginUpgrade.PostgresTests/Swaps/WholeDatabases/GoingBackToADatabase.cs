namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>Rollback, status and purge of an instance that is a whole database.</summary>
public class GoingBackToADatabase(TestServer server)
{
    [Fact]
    public async Task Puts_back_what_was_live_and_keeps_the_other()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.ExecuteAsync($"COMMENT ON DATABASE {PostgresName.Quote(own.Name)} IS 'the tenant'; SELECT setval('item_id_seq', 1500)");
        own.Installation.Set("Build", OwnDatabase.Build + "; CREATE SEQUENCE item_id_seq");
        await own.Installation.UpgradesAsync();
        await own.ExecuteAsync("INSERT INTO item VALUES (5000, 'new', 3); SELECT setval('item_id_seq', 2000)");
        await using var idle = await own.Installation.OpenAsync(own.Live);

        var back = await own.Installation.RunAsync("rollback", "acme", "--yes");
        Assert.True(back.ExitCode == 0, $"{back}");
        Assert.Equal(["", "__failed"], await own.DatabasesAsync());
        Assert.Equal(["1000"], await own.QueryAsync("SELECT count(*) FROM item"));
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await own.JournalAsync());
        Assert.Equal(["new"], await own.QueryAsync("SELECT name FROM item WHERE id = 5000", "__failed"));
        Assert.Equal(["the tenant"], await own.QueryAsync(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"));
        Assert.Equal(["2001"], await own.QueryAsync("SELECT nextval('item_id_seq')"));
    }

    [Fact]
    public async Task Is_told_as_a_database_and_not_as_a_schema()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.UpgradesAsync();
        var (_, document) = await own.Installation.RunJsonAsync("rollback", "acme", "--dry-run");
        Assert.Equal($"{own.Name}__failed", (string?)document["targets"]![0]!["keptAs"]);
        var would = await own.Installation.RunAsync("rollback", "acme", "--dry-run");
        Assert.Contains("The live databases are kept as __failed", would.Output);
        Assert.Contains("1 database, ", (await own.Installation.RunAsync("purge", "acme", "--dry-run")).Output);
        Assert.Contains("Kept of side-by-side upgrades: 1 database, ", (await own.Installation.RunAsync("status")).Output);
    }

    /// <summary>T12: everything a second time, after the first was purged.</summary>
    [Fact]
    public async Task T12_A_second_round_needs_a_purge_and_then_works()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        for (var round = 1; round <= 2; round++)
        {
            await own.Installation.UpgradesAsync();
            Assert.Equal(0, (await own.Installation.RunAsync("rollback", "acme", "--yes")).ExitCode);
            var refused = await own.Installation.RunAsync("--yes");
            Assert.True(refused.ExitCode == 2 && refused.Error.Contains("KU-8071", StringComparison.Ordinal), $"{refused}");
            Assert.Contains("krang-upgrade purge acme", refused.Error);
            var purged = await own.Installation.RunAsync("purge", "acme", "--yes");
            Assert.True(purged.ExitCode == 0, $"{purged}");
            Assert.Equal([""], await own.DatabasesAsync());
        }
    }

    [Fact]
    public async Task Status_shows_what_is_kept_and_how_to_go_back()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.UpgradesAsync();
        var status = await own.Installation.RunAsync("status");
        Assert.Contains($"{own.Name}__before", status.Output);
        Assert.Contains("krang-upgrade rollback acme", status.Output);
        Assert.Contains("krang-upgrade purge acme", status.Output);
        Assert.Matches("MB", status.Output);
    }

    [Fact]
    public async Task A_purge_ends_no_session_of_others()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.UpgradesAsync();
        await using (await own.Installation.OpenAsync(own.Beside("__before")))
        {
            var refused = await own.Installation.RunAsync("purge", "acme", "--yes");
            Assert.True(refused.ExitCode == 2 && refused.Error.Contains("KU-8087", StringComparison.Ordinal), $"{refused}");
        }
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
        await WaitUntilAloneAsync(own);
        Assert.Equal(0, (await own.Installation.RunAsync("purge", "acme", "--yes")).ExitCode);
        Assert.Equal([""], await own.DatabasesAsync());
    }

    /// <summary>Databases are dropped one after the other. A template cannot be dropped.</summary>
    [Fact]
    public async Task A_purge_that_fails_says_what_is_removed_already()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.UpgradesAsync();
        var (before, failed) = ($"{own.Name}__before", $"{own.Name}__failed");
        await own.Installation.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(failed)} IS_TEMPLATE true");
        await own.Installation.ExecuteAsync($"""
            DO $$BEGIN EXECUTE (SELECT format('COMMENT ON DATABASE %I IS %L', '{failed}', shobj_description(oid, 'pg_database'))
                                FROM pg_database WHERE datname = '{before}'); END$$
            """);

        var failing = await own.Installation.RunAsync("purge", "acme", "--yes");

        Assert.True(failing.ExitCode == 1 && failing.Error.Contains("KU-8061", StringComparison.Ordinal), $"{failing}");
        Assert.Contains($"{before} is removed, {failed} is not: ", $"{failing}");
        Assert.DoesNotContain("othing was changed", $"{failing}");
        Assert.Equal(["", "__failed"], await own.DatabasesAsync());
        await own.Installation.ExecuteAsync($"ALTER DATABASE {PostgresName.Quote(failed)} IS_TEMPLATE false");
        Assert.Equal(0, (await own.Installation.RunAsync("purge", "acme", "--yes")).ExitCode);
        Assert.Equal([""], await own.DatabasesAsync());
    }

    [Fact]
    public async Task A_purge_of_an_unfinished_build_removes_what_recorded_changes()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        own.Installation.Set("Throw", "no more");
        await own.Installation.FailsAsync("KU-8030");
        Assert.Equal(["1"], await own.QueryAsync("SELECT count(*) FROM pg_namespace WHERE nspname = 'krang_upgrade_capture'"));
        var purged = await own.Installation.RunAsync("purge", "acme", "--yes");
        Assert.True(purged.ExitCode == 0, $"{purged}");
        Assert.Equal([""], await own.DatabasesAsync());
        Assert.Equal(["0"], await own.QueryAsync("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"));
        Assert.Equal(["0"], await own.QueryAsync("SELECT count(*) FROM pg_namespace WHERE nspname = 'krang_upgrade_capture'"));
    }

    [Fact]
    public async Task A_database_that_somebody_else_made_is_neither_gone_back_to_nor_removed()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.Installation.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(own.Name + "__before")}");
        var back = await own.Installation.RunAsync("rollback", "acme", "--yes");
        Assert.True(back.ExitCode == 2 && back.Error.Contains("KU-8051", StringComparison.Ordinal), $"{back}");
        await own.Installation.RunAsync("purge", "acme", "--yes");
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
    }

    private static async Task WaitUntilAloneAsync(OwnDatabase own)
    {
        while ((await own.QueryAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() || '__before'"))[0] != "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
