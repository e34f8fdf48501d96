using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>
/// What an application sees of a side-by-side upgrade: each sentence of that part of docs/operating.md is tested here. Module
/// <c>Beside</c> has no CatchUp, <c>BesideFollowing</c> has one; both wait at the gate in the build.
/// </summary>
public class WhatClientsSee(TestServer server)
{
    private const string Build = $"""
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer GENERATED ALWAYS AS (pg_catalog.length(name)) STORED);
        CREATE SEQUENCE item_id_seq OWNED BY item.id; ALTER TABLE item ALTER COLUMN id SET DEFAULT pg_catalog.nextval('item_id_seq');
        INSERT INTO item (id, name) SELECT id, name FROM {"{live}"}.item;
        {Gate.Wait}
        """;

    private async Task<TestInstallation> CreateAsync(string module = "Beside")
    {
        var installation = await BesideInstallation.CreateAsync(server, module);
        installation.Set("Build", module == "Beside" ? Build : Gate.Wait);
        await Gate.CloseAsync(installation);
        return installation;
    }

    /// <summary>An application's connection, which finds the instance's tables without naming the schema.</summary>
    private static async Task<NpgsqlConnection> ClientAsync(TestInstallation installation)
    {
        var client = await installation.OpenAsync();
        await DoAsync(client, "SET search_path = acme");
        return client;
    }

    private static async Task<object?> DoAsync(NpgsqlConnection client, string sql)
    {
        await using var command = new NpgsqlCommand(sql, client) { CommandTimeout = 120 };
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> StateAsync(NpgsqlConnection client, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => DoAsync(client, sql))).SqlState;

    private static async Task EndAsync(TestInstallation installation, HostProcess host)
    {
        await Gate.OpenAsync(installation);
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
    }

    [Fact]
    public async Task During_a_build_without_CatchUp_readers_read_and_writers_wait_or_meet_their_own_limits()
    {
        await using var installation = await CreateAsync();
        await using var client = await ClientAsync(installation);
        await using var waiting = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);

        Assert.Equal(1000L, await DoAsync(client, "SELECT count(*) FROM item"));
        Assert.Equal(PostgresErrorCodes.QueryCanceled, await StateAsync(
            client, "SET statement_timeout = '300ms'; UPDATE item SET name = 'timed out' WHERE id = 1"));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, await StateAsync(
            client, "SET statement_timeout = 0; SET lock_timeout = '300ms'; DELETE FROM item WHERE id = 2"));
        var written = DoAsync(waiting, "INSERT INTO item (id, name) VALUES (5000, 'waited')");
        await EndAsync(installation, host);
        await written;

        Assert.Equal(6, await DoAsync(client, "SELECT length FROM item WHERE id = 1"));
        Assert.Equal(["1001 waited"], await installation.QueryAsync(
            "SELECT count(*) || ' ' || min(name) FILTER (WHERE id = 5000) FROM acme.item"));
    }

    [Fact]
    public async Task A_transaction_that_has_read_and_then_waits_to_write_is_cancelled_and_works_when_it_is_repeated()
    {
        await using var installation = await CreateAsync();
        await using var client = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);

        await DoAsync(client, "BEGIN; SELECT name FROM item WHERE id = 1");
        var state = StateAsync(client, "INSERT INTO item (id, name) VALUES (5000, 'mine')");
        await EndAsync(installation, host);

        Assert.Contains(await state, new[] { PostgresErrorCodes.QueryCanceled, PostgresErrorCodes.DeadlockDetected });
        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, await StateAsync(client, "SELECT 1"));
        await DoAsync(client, "ROLLBACK; BEGIN; SELECT name FROM item WHERE id = 1");
        await DoAsync(client, "INSERT INTO item (id, name) VALUES (5000, 'mine'); COMMIT");
        Assert.Equal(["mine 4"], await installation.QueryAsync("SELECT name || ' ' || length FROM acme.item WHERE id >= 5000"));
    }

    [Fact]
    public async Task During_a_build_with_CatchUp_nobody_waits()
    {
        await using var installation = await CreateAsync("BesideFollowing");
        await using var client = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);

        await DoAsync(client, "SET statement_timeout = '30s'; INSERT INTO item (id, name) VALUES (5000, 'new')");
        await DoAsync(client, "UPDATE item SET name = 'changed' WHERE id = 1");
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        await EndAsync(installation, host);

        Assert.Equal(["changed 7", "new 3"], await installation.QueryAsync(
            "SELECT name || ' ' || length FROM acme.item WHERE id IN (1, 5000) ORDER BY id"));
    }

    [Fact]
    public async Task An_open_transaction_delays_the_swap_and_others_read_and_write_between_its_attempts()
    {
        await using var installation = await CreateAsync("BesideFollowing");
        await using var holder = await ClientAsync(installation);
        await using var client = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);
        await DoAsync(holder, "BEGIN; SELECT count(*) FROM item");
        await Gate.OpenAsync(installation);
        for (var id = 5001; id <= 5020; id++)
        {
            await DoAsync(client, $"INSERT INTO item (id, name) VALUES ({id}, 'between'); SELECT count(*) FROM item");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.False(host.HasExited, host.ErrorSoFar);
        Assert.Equal(1000L, await DoAsync(holder, "SELECT count(*) FROM item WHERE id <= 1000"));
        await DoAsync(holder, "COMMIT");
        await EndAsync(installation, host);

        Assert.Equal(1020L, await DoAsync(client, "SELECT count(length) FROM item"));
    }

    /// <summary>Drivers of other languages prepare again on that error too, or leave it to the application.</summary>
    [Fact]
    public async Task Prepared_statements_go_on_and_those_whose_result_has_another_type_fail_once()
    {
        await using var installation = await CreateAsync();
        await using var client = await ClientAsync(installation);
        await using var insert = new NpgsqlCommand("INSERT INTO item (name) VALUES ($1) RETURNING id", client)
        {
            Parameters = { new() { Value = "prepared" } },
        };
        await using var select = new NpgsqlCommand("SELECT * FROM item WHERE id = 1", client);
        await insert.PrepareAsync(TestContext.Current.CancellationToken);
        await select.PrepareAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1001L, await insert.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        await select.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        await Gate.OpenAsync(installation);
        await installation.UpgradesAsync();

        foreach (var live in (string[])["of 2.0", "of 1.7"])
        {
            Assert.Equal(live == "of 2.0" ? 1002L : 1003L, await insert.ExecuteScalarAsync(TestContext.Current.CancellationToken));
            var failed = await Assert.ThrowsAsync<PostgresException>(
                () => select.ExecuteScalarAsync(TestContext.Current.CancellationToken));
            Assert.Equal(PostgresErrorCodes.FeatureNotSupported, failed.SqlState);
            await using var reader = await select.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.Equal(live == "of 2.0" ? 3 : 2, reader.FieldCount);
            await reader.CloseAsync();
            await select.PrepareAsync(TestContext.Current.CancellationToken);
            if (live == "of 2.0") await installation.SucceedsAsync("rollback", "acme", "--yes");
        }
        Assert.Equal(["1001", "1003"], await installation.QueryAsync("SELECT id FROM acme.item WHERE name = 'prepared' ORDER BY 1"));
        Assert.Equal(["1001", "1002"], await installation.QueryAsync("SELECT id FROM acme__failed.item WHERE id > 1000 ORDER BY 1"));
    }

    [Fact]
    public async Task Pooled_connections_go_on_but_what_a_session_knows_of_objects_is_of_the_old_ones()
    {
        await using var installation = await CreateAsync();
        await using var client = await ClientAsync(installation);
        await DoAsync(client, "CREATE TEMP TABLE known AS SELECT 'acme.item'::regclass::oid AS id");
        await DoAsync(client, "SELECT nextval('item_id_seq')");
        await DoAsync(client, "CREATE FUNCTION pg_temp.add() RETURNS bigint LANGUAGE sql AS "
            + "'INSERT INTO acme.item (name) VALUES (''by function'') RETURNING id'");
        await DoAsync(client, "SELECT pg_temp.add()");
        await Gate.OpenAsync(installation);
        await installation.UpgradesAsync();

        Assert.Equal(6, await DoAsync(client, "SELECT length FROM item WHERE id = 1"));
        Assert.Equal("acme__before.item", await DoAsync(client, "SELECT id::regclass::text FROM known"));
        Assert.Equal(PostgresErrorCodes.ObjectNotInPrerequisiteState, await StateAsync(client, "SELECT currval('item_id_seq')"));
        Assert.Equal(1002L, await DoAsync(client, "SELECT lastval()"));
        Assert.Equal(1003L, await DoAsync(client, "SELECT pg_temp.add()"));
        Assert.Equal(1003L, await DoAsync(client, "SELECT currval('item_id_seq')"));
        Assert.Equal(["2"], await installation.QueryAsync("SELECT count(*) FROM acme.item WHERE name = 'by function'"));
    }

    /// <summary>It began after the build ended, so the swap does not wait for it. What came since is transferred in the swap.</summary>
    [Theory]
    [InlineData("REPEATABLE READ")]
    [InlineData("SERIALIZABLE")]
    public async Task A_snapshot_that_is_first_used_after_the_swap_misses_rows_of_the_last_moments(string isolation)
    {
        await using var installation = await CreateAsync("BesideFollowing");
        await using var older = await installation.OpenAsync();
        await using var client = await ClientAsync(installation);
        await DoAsync(older, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.krang_upgrade_journal");
        using var host = installation.Start("--yes", "--verbose");
        await Gate.ReachedAsync(installation, host);
        await Gate.OpenAsync(installation);
        await host.SaysAsync("Waiting for transactions that began before the build ended");
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (5000, 'late')");
        await DoAsync(client, $"BEGIN ISOLATION LEVEL {isolation}; SELECT 1");
        await DoAsync(older, "COMMIT");
        await EndAsync(installation, host);

        Assert.Equal(1000L, await DoAsync(client, "SELECT count(*) FROM item"));
        Assert.Equal(1001L, await DoAsync(client, "COMMIT; SELECT count(*) FROM item"));
    }

    /// <summary>One that has read live tables is waited for, and reads the same to its end.</summary>
    [Theory]
    [InlineData("REPEATABLE READ")]
    [InlineData("SERIALIZABLE")]
    public async Task A_snapshot_that_was_used_before_reads_the_same_to_its_end(string isolation)
    {
        await using var installation = await CreateAsync();
        await using var client = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);
        await DoAsync(client, $"BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM item");
        await Gate.OpenAsync(installation);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(1000L, await DoAsync(client, "SELECT count(*) FROM item"));
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        await DoAsync(client, "COMMIT");
        await EndAsync(installation, host);
        Assert.Equal(1000L, await DoAsync(client, "SELECT count(length) FROM item"));
    }

    /// <summary>Two minutes of patience: with locks of live tables, and with a snapshot from before the build.</summary>
    [Nightly]
    [Theory]
    [InlineData("BesideFollowing", "BEGIN; LOCK TABLE item IN ACCESS SHARE MODE", "KU-8035", "acme__next")]
    [InlineData("Beside", "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1", "KU-8036", "acme__failed")]
    public async Task A_transaction_that_stays_open_ends_the_upgrade_and_the_live_data_is_unchanged(
        string module, string statement, string code, string kept)
    {
        await using var installation = await CreateAsync(module);
        var before = await installation.DigestAsync("acme");
        await using var client = await ClientAsync(installation);
        using var host = installation.Start("--yes");
        await Gate.ReachedAsync(installation, host);
        await DoAsync(client, statement);
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 1 && result.Error.Contains(code, StringComparison.Ordinal), $"{result}");
        await DoAsync(client, "COMMIT");
        Assert.Equal(["acme", kept], await installation.SchemasAsync());
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }
}
