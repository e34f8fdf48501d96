namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>A side-by-side upgrade of a schema whose writers wait from the build on.</summary>
public class ASwap(TestServer server)
{
    [Fact]
    public async Task Makes_the_new_schema_live_and_keeps_the_old_one()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        await installation.UpgradesAsync();

        Assert.Equal(["acme", "acme__before"], await installation.SchemasAsync());
        Assert.Equal(["1000|9"], await installation.QueryAsync("SELECT count(*) || '|' || max(length) FROM acme.item"));
        Assert.Equal(["1000"], await installation.QueryAsync("SELECT count(*) FROM acme__before.item"));
        Assert.Equal(["1.7 baseline", "2.0 done V2_000"], await installation.JournalAsync("acme"));
        Assert.Equal(["1.7 baseline"], await installation.JournalAsync("acme__before"));
    }

    [Fact]
    public async Task T10_Says_nothing_on_standard_error_but_progress()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        var result = await installation.UpgradesAsync("--quiet");
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task Keeps_owner_rights_comment_and_default_privileges_of_the_schema()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        var role = $"app_{Guid.NewGuid():N}";
        await installation.ExecuteAsync($"""
            CREATE ROLE {role}; GRANT USAGE ON SCHEMA acme TO {role}; COMMENT ON SCHEMA acme IS 'the first tenant';
            ALTER DEFAULT PRIVILEGES IN SCHEMA acme GRANT SELECT ON TABLES TO {role}
            """);
        await installation.UpgradesAsync();
        Assert.Equal(["true|true|the first tenant"], await installation.QueryAsync($"""
            SELECT has_schema_privilege('{role}', 'acme', 'USAGE') || '|' || has_table_privilege('{role}', 'acme.item', 'SELECT') || '|'
              || obj_description('acme'::regnamespace)
            """));
    }

    [Fact]
    public async Task Writers_wait_and_then_write_into_the_new_schema()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Set("Build", BesideInstallation.Build + "; SELECT pg_sleep(1.5)");
        using var host = installation.Start("--yes");
        await WaitForAsync(installation, "SELECT count(*) FROM pg_namespace WHERE nspname = 'acme__next'");
        var read = await installation.QueryAsync("SELECT count(*) FROM acme.item");
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (5000, 'late', 4)");
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["1000"], read);
        Assert.Equal(["late"], await installation.QueryAsync("SELECT name FROM acme.item WHERE id = 5000"));
    }

    [Fact]
    public async Task Indexes_can_be_built_concurrently_while_writers_wait()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Set("Build", BesideInstallation.Build + "; CREATE INDEX CONCURRENTLY item_name ON item (name); VACUUM item");
        await installation.UpgradesAsync();
        Assert.Equal(["True"], await installation.QueryAsync(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'acme.item_name'::regclass"));
    }

    [Fact]
    public async Task Work_that_the_old_version_left_is_drained_before_the_build()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        await installation.ExecuteAsync("""
            CREATE TABLE acme.batch (name text); INSERT INTO acme.batch SELECT 'b' || i FROM generate_series(1, 25) i
            """);
        installation.Set("Drain", """
            WITH done AS (DELETE FROM batch WHERE ctid IN (SELECT ctid FROM batch LIMIT 10) RETURNING name)
            INSERT INTO item (name) SELECT name FROM done
            """);
        var result = await installation.UpgradesAsync();
        Assert.Equal(["25"], await installation.QueryAsync("SELECT count(*) FROM acme.item WHERE name LIKE 'b%'"));
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM acme__before.batch"));
        Assert.Contains("acme 2.0 drain: done", result.All);
    }

    [Fact]
    public async Task Later_versions_run_on_the_new_schema_in_the_same_run()
    {
        await using var installation = await BesideInstallation.CreateAsync(server);
        installation.Drop(new ModuleSource("V2_001") { PerInstance = "ALTER TABLE item ADD COLUMN later integer" });
        await installation.UpgradesAsync();
        Assert.Equal(["1.7 baseline", "2.0 done V2_000", "2.001 done V2_001"], await installation.JournalAsync("acme"));
        await installation.QueryAsync("SELECT later FROM acme.item");
    }

    [Fact]
    public async Task A_fleet_is_exchanged_one_by_one()
    {
        await using var installation = await BesideInstallation.CreateAsync(server, "Beside", "acme", "globex", "initech");
        await installation.UpgradesAsync();
        foreach (var name in new[] { "acme", "globex", "initech" })
            Assert.Equal([name, $"{name}__before"], await installation.SchemasAsync(name));
    }

    private static async Task WaitForAsync(TestInstallation installation, string count)
    {
        while ((await installation.QueryAsync(count))[0] == "0") await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
