using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>A side-by-side upgrade of a whole database that catches up with what is written while it builds.</summary>
public class FollowingALiveDatabase(TestServer server)
{
    [Fact]
    public async Task Nothing_that_is_written_during_the_build_is_lost_and_nothing_of_the_recording_is_left()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        own.Installation.Set("Build", "SELECT pg_sleep(1.5)");
        own.Installation.Set("Final", "SELECT count(*) FROM item");
        await using var late = await own.Installation.OpenAsync(own.Live);
        using var host = own.Installation.Start("--yes", "--verbose");
        await RecordsAsync(own);
        await ExecuteAsync(late, "BEGIN; INSERT INTO item VALUES (7001, 'committed late')");
        await own.ExecuteAsync("""
            INSERT INTO item VALUES (5001, 'new'); UPDATE item SET name = 'changed' WHERE id = 1;
            DELETE FROM item WHERE id = 2; UPDATE item SET id = 5003 WHERE id = 3; INSERT INTO item (name) VALUES ('by sequence')
            """);
        await ExecuteAsync(late, "COMMIT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("live in the exchange: 1002", result.All);
        Assert.Equal(["1|changed|7", "1001|by sequence|11", "5001|new|3", "5003|item 3|6", "7001|committed late|14"], await own.QueryAsync(
            "SELECT id || '|' || name || '|' || length FROM item WHERE id IN (1, 2, 3) OR id > 1000 ORDER BY id"));
        Assert.Equal(["1002"], await own.QueryAsync("SELECT count(*) FROM item"));
        Assert.Equal(["1002"], await own.QueryAsync("SELECT nextval('item_id_seq')"));
        foreach (var end in new[] { "", "__before" })
        {
            Assert.Equal(["0"], await own.QueryAsync("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal", end));
            Assert.Equal(["0"], await own.QueryAsync("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'krang%'", end));
        }
    }

    /// <summary>T5: a repeatable build is continued where it is.</summary>
    [Fact]
    public async Task T5_A_build_that_failed_is_continued()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        own.Installation.Set("Throw", "no more");
        var failed = await own.Installation.FailsAsync("KU-8030");
        Assert.Contains($"{own.Name}__next", failed.Error);
        Assert.Equal(["", "__next"], await own.DatabasesAsync());
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await own.JournalAsync());
        await own.ExecuteAsync("INSERT INTO item VALUES (6000, 'between')");
        own.Installation.Set("Throw", null);
        await own.Installation.UpgradesAsync();
        Assert.Equal(["between"], await own.QueryAsync("SELECT name FROM item WHERE id = 6000"));
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
    }

    [Fact]
    public async Task A_process_that_is_killed_between_the_last_catch_up_and_the_exchange_is_continued()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        own.Installation.Set("Throw", "no more");
        await own.Installation.FailsAsync("KU-8030");
        // What such a process leaves: all is done in the new database, and the live one does not know.
        await own.ExecuteAsync("UPDATE krang_upgrade_journal SET state = 'done', finished_at = now() WHERE version = '2.0'", "__next");
        await own.ExecuteAsync("INSERT INTO item VALUES (6000, 'after the last catch-up')");
        own.Installation.Set("Throw", null);
        await own.Installation.UpgradesAsync();
        Assert.Equal(["1001"], await own.QueryAsync("SELECT count(*) FROM item"));
        Assert.Equal(["1.7 baseline", "2.0 done V2_000"], await own.JournalAsync());
    }

    /// <summary>Writers that connect anew after each error, counted by themselves.</summary>
    [Fact]
    public async Task No_acknowledged_row_is_missing_or_doubled()
    {
        await using var own = await OwnDatabase.CreateAsync(server, "AcrossDatabases");
        using var stop = new CancellationTokenSource();
        List<int> acknowledged = [];
        var writers = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested;)
                try
                {
                    await using var connection = await own.Installation.OpenAsync(own.Live);
                    for (; !stop.IsCancellationRequested; i++)
                    {
                        var id = 10_000 + writer * 100_000 + i;
                        await ExecuteAsync(connection, $"INSERT INTO item (id, name) VALUES ({id}, 'x') ON CONFLICT (id) DO NOTHING",
                            "INSERT INTO item (id, name, length) VALUES");
                        lock (acknowledged) acknowledged.Add(id);
                    }
                }
                catch (NpgsqlException)
                {
                    // Ended, or renamed: connected again.
                }
        }, CancellationToken.None)));
        var result = await own.Installation.RunAsync("--yes");
        await stop.CancelAsync();
        await writers;
        Assert.True(result.ExitCode == 0, $"{result}");
        var there = (await own.QueryAsync("SELECT id FROM item WHERE id >= 10000")).Select(int.Parse).ToHashSet();
        Assert.NotEmpty(acknowledged);
        Assert.DoesNotContain(acknowledged, id => !there.Contains(id));
    }

    private static async Task RecordsAsync(OwnDatabase own)
    {
        while ((await own.QueryAsync("SELECT count(*) FROM pg_trigger WHERE tgname = 'krang_upgrade_capture'"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <param name="newer">What the new table needs instead of the first words: it has a column without a default.</param>
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, string? newer = null)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.NotNullViolation && newer is not null)
        {
            await ExecuteAsync(connection, sql.Replace("INSERT INTO item (id, name) VALUES", newer, StringComparison.Ordinal)
                .Replace("'x')", "'x', 1)", StringComparison.Ordinal));
        }
    }
}
