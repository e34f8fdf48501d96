namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What a failure in each part leaves: the live schema as it was, and what was built for study.</summary>
public class ABuildThatFails(TestServer server)
{
    /// <summary>Part, setting of the module, code.</summary>
    [Theory]
    [InlineData("drain", "Drain", "SELECT 1 / 0", "KU-8030", false)]
    [InlineData("build", "Build", "CREATE TABLE other (); SELECT 1 / 0", "KU-8030", true)]
    [InlineData("verify", "Fault", "Some items are missing.", "KU-8033", true)]
    public async Task T5_Leaves_the_live_schema_and_keeps_what_was_built(string part, string key, string value, string code, bool isKept)
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        var before = await installation.DigestAsync("acme");
        installation.Set(key, value);
        var failed = await installation.FailsAsync(code);

        Assert.Contains($"{part} of V2_000 on acme", failed.Error);
        Assert.Equal(isKept ? ["acme", "acme__failed"] : ["acme"], await installation.SchemasAsync());
        Assert.Equal(before, await installation.DigestAsync("acme"));
        Assert.Equal(["1.7 baseline", "2.0 failed V2_000"], await installation.JournalAsync("acme"));
        // The next try would be refused without that.
        Assert.Equal(isKept, failed.Error.Contains("krang-upgrade purge acme", StringComparison.Ordinal));
        // Nobody waits any longer.
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (9000, 'after')");
    }

    [Fact]
    public async Task T12_A_second_try_is_refused_until_the_failed_one_is_purged()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Set("Fault", "Some items are missing.");
        await installation.FailsAsync("KU-8033");
        installation.Set("Fault", null);
        var refused = await installation.RunAsync("--yes");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("krang-upgrade purge acme", refused.Error);
        Assert.Equal(["acme", "acme__failed"], await installation.SchemasAsync());

        Assert.Equal(0, (await installation.RunAsync("purge", "acme", "--yes")).ExitCode);
        await installation.UpgradesAsync();
        Assert.Equal(["acme", "acme__before"], await installation.SchemasAsync());
    }

    [Fact]
    public async Task A_structure_that_somebody_changes_during_the_build_stops_the_swap()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Set("Build", BesideInstallation.Build + "; SELECT pg_sleep(1.5)");
        using var host = installation.Start("--yes");
        while ((await installation.QueryAsync("SELECT count(*) FROM pg_class WHERE oid = to_regclass('acme__next.item')"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await installation.ExecuteAsync("CREATE TABLE acme.surprise ()");
        var result = await host.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("KU-8037", result.Error);
        Assert.Equal(["acme", "acme__failed"], await installation.SchemasAsync());
    }

    [Fact]
    public async Task A_table_that_somebody_is_creating_delays_the_swap_and_then_stops_it()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        await using var other = await installation.OpenAsync();
        await using var create = new Npgsql.NpgsqlCommand("BEGIN; CREATE TABLE acme.surprise ()", other);
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var host = installation.Start("--yes");
        await host.SaysAsync("2.0 verify: done");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        await using var commit = new Npgsql.NpgsqlCommand("COMMIT", other);
        await commit.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var result = await host.EndAsync();
        Assert.Contains("KU-8037", result.Error);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public async Task Tables_that_are_not_carried_as_declared_are_a_fault_of_the_module()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Set("Carry", "item");
        var failed = await installation.FailsAsync("KU-8030");
        Assert.Contains("[Carries(\"item\")]", failed.Error);
    }

    [Fact]
    public async Task A_transaction_that_is_open_for_long_stops_nothing_but_the_swap()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "BesideFollowing");
        await using var reader = await installation.OpenAsync();
        await using var begin = new Npgsql.NpgsqlCommand(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.krang_upgrade_journal", reader);
        await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var host = installation.Start("--yes", "--verbose");
        await host.SaysAsync("Waiting for transactions that began before the build ended");
        Assert.Equal(["acme", "acme__next"], await installation.SchemasAsync());
        await reader.CloseAsync();
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
    }
}
