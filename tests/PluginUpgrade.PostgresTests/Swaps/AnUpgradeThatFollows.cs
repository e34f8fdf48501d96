namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>A side-by-side upgrade that catches up with what is written while it builds.</summary>
public class AnUpgradeThatFollows(TestServer server)
{
    [Fact]
    public async Task Nothing_that_is_written_during_the_build_is_lost()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        installation.Set("Build", "SELECT pg_sleep(1.5)");
        using var host = installation.Start("--yes");
        while ((await installation.QueryAsync("SELECT count(*) FROM pg_trigger WHERE tgname = 'krang_upgrade_capture'"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await installation.ExecuteAsync("""
            INSERT INTO acme.item VALUES (5001, 'new'); UPDATE acme.item SET name = 'changed' WHERE id = 1;
            DELETE FROM acme.item WHERE id = 2; UPDATE acme.item SET id = 5003 WHERE id = 3;
            INSERT INTO acme.item (name) VALUES ('by sequence')
            """);
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["1001"], await installation.QueryAsync("SELECT count(*) FROM acme.item"));
        Assert.Equal(["1|changed|7", "5001|new|3", "5003|item 3|6"], await installation.QueryAsync(
            "SELECT id || '|' || name || '|' || length FROM acme.item WHERE id IN (1, 2, 3, 5001, 5003) ORDER BY id"));
        Assert.Equal(["1001"], await installation.QueryAsync("SELECT id FROM acme.item WHERE name = 'by sequence'"));
        Assert.Equal(["1002"], await installation.QueryAsync("SELECT nextval('acme.item_id_seq')"));
    }

    [Fact]
    public async Task Nothing_of_the_recording_is_left()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        await installation.UpgradesAsync();
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"));
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM pg_class WHERE relname LIKE 'krang_upgrade_capture%'"));
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM pg_proc WHERE proname LIKE 'krang_upgrade_capture%'"));
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_replayed()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        installation.Set("Build", "SELECT pg_sleep(1)");
        await using var late = await installation.OpenAsync();
        using var host = installation.Start("--yes");
        while ((await installation.QueryAsync("SELECT count(*) FROM pg_trigger WHERE tgname = 'krang_upgrade_capture'"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await ExecuteAsync(late, "BEGIN; INSERT INTO acme.item VALUES (7001, 'late')");
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (7002, 'early')");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        await ExecuteAsync(late, "COMMIT");
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
        Assert.Equal(["7001", "7002"], await installation.QueryAsync("SELECT id FROM acme.item WHERE id > 7000 ORDER BY 1"));
    }

    /// <summary>T5: a repeatable build is continued where it is.</summary>
    [Fact]
    public async Task T5_A_build_that_failed_is_continued()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        installation.Set("Throw", "no more");
        await installation.FailsAsync("KU-8030");
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await installation.JournalAsync("acme"));
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (6000, 'between')");
        installation.Set("Throw", null);
        await installation.UpgradesAsync();
        Assert.Equal(["between"], await installation.QueryAsync("SELECT name FROM acme.item WHERE id = 6000"));
        Assert.Equal(["acme", "acme__before"], await installation.SchemasAsync());
    }

    private static async Task ExecuteAsync(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
