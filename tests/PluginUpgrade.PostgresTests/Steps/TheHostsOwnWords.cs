namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>The row that says done is written as the host's role and by its settings, whatever the module left.</summary>
public class TheHostsOwnWords(TestServer server)
{
    /// <summary>A role that may use the schema, and nothing of the journal.</summary>
    [Theory]
    [NightlyData("SET ROLE app_of_e3c")]
    [InlineData("SET LOCAL ROLE app_of_e3c")]
    [NightlyData("SET SESSION AUTHORIZATION app_of_e3c")]
    [NightlyData("SET SESSION AUTHORIZATION app_of_e3c; SET ROLE app_of_e3c")]
    [NightlyData("SET LOCAL search_path = pg_catalog")]
    [InlineData("CREATE SCHEMA IF NOT EXISTS evil; CREATE OR REPLACE FUNCTION evil.clock_timestamp() RETURNS timestamptz "
        + "LANGUAGE sql AS 'SELECT 1/0; SELECT now()'; SET search_path = evil, pg_catalog")]
    [NightlyData("SET row_security = off")]
    [NightlyData("SET default_transaction_read_only = on")]
    [NightlyData("SET session_replication_role = replica")]
    [NightlyData("SET statement_timeout = 100; SET lock_timeout = 1; SET idle_in_transaction_session_timeout = '1h'")]
    [InlineData("SET client_encoding = 'SQL_ASCII'")]
    [NightlyData("SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'")]
    public async Task E3c_Are_spoken_as_the_host(string sql)
    {
        await using var installation = await CreateAsync();
        installation.Let("V1_001", "Do", $"CREATE TABLE made (); {sql}");
        installation.Let("V1_002", "Do", Asking.Demand("current_user = session_user AND to_regclass('made') IS NOT NULL"));
        installation.Let("V1_003", "Do", sql);

        await installation.DoneAsync();

        Assert.Equal(4, (await installation.JournalAsync("acme")).Count);
    }

    [Fact]
    public async Task E3c_Are_spoken_as_the_host_within_one_transaction()
    {
        await using var installation = await CreateAsync();
        foreach (var version in new[] { "V1_001", "V1_002" })
            installation.Let(version, "Do", $"{Asking.Demand("current_user = session_user")}; SET SESSION AUTHORIZATION app_of_e3c");

        await installation.DoneAsync("--to", "1.002", "--atomic", "instance");
    }

    /// <summary>Else the rights that the module gave up would be had again by what it left to COMMIT.</summary>
    [Fact]
    public async Task E3c_Come_after_the_deferred_triggers_of_the_modules_role()
    {
        await using var installation = await CreateAsync();
        installation.Let("V1_001", "Do", """
            CREATE TABLE told (who text); GRANT ALL ON told TO app_of_e3c;
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO told VALUES (current_user); RETURN NULL; END';
            CREATE TABLE thing (id int); GRANT ALL ON thing TO app_of_e3c;
            CREATE CONSTRAINT TRIGGER telling AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell();
            SET ROLE app_of_e3c; INSERT INTO thing VALUES (1)
            """);

        await installation.DoneAsync("--to", "1.001");

        Assert.Equal(["app_of_e3c"], await installation.QueryAsync("SELECT who FROM acme.told"));
    }

    /// <summary>What a step left in a row of the journal that says nothing of itself: a trigger of the database's owner.</summary>
    [Fact]
    public async Task E5j_A_claim_that_a_trigger_swallows_is_no_step_that_another_run_has_done()
    {
        await using var installation = await CreateAsync();
        installation.Let("V1_001", "Do", Trigger("INSERT")).Let("V1_002", "Do", "CREATE TABLE made ()");

        var result = await installation.RunAsync("--to", "1.002");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5033"], Refusal.Codes(result));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.made')::text"));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task E5j_A_claim_that_a_rule_swallows_is_no_step_that_another_run_has_done()
    {
        await using var installation = await CreateAsync();
        installation
            .Let("V1_001", "Do", "CREATE RULE quiet AS ON INSERT TO krang_upgrade_journal DO INSTEAD NOTHING")
            .Let("V1_002", "Do", "CREATE TABLE made ()");

        var result = await installation.RunAsync("--to", "1.002");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5011"], Refusal.Codes(result));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.made')::text"));
    }

    [Theory]
    [InlineData("trigger")]
    [NightlyData("CREATE RULE quiet AS ON UPDATE TO krang_upgrade_journal DO INSTEAD NOTHING")]
    [NightlyData("DELETE FROM krang_upgrade_journal")]
    [NightlyData("UPDATE krang_upgrade_journal SET state = 'done'")]
    [NightlyData("UPDATE krang_upgrade_journal SET state = 'failed', xid = NULL")]
    public async Task E5j_A_step_without_a_row_that_says_done_is_rolled_back(string what)
    {
        await using var installation = await CreateAsync();
        installation.Let("V1_001", "Do", $"CREATE TABLE made (); {(what == "trigger" ? Trigger("UPDATE") : what)}");

        var result = await installation.RunAsync("--to", "1.001");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5034"], Refusal.Codes(result));
        Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.made')::text"));
        Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync("acme"));
        installation.Settings.Remove("Modules");
        await installation.DoneAsync("--to", "1.001");
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task E5j_A_step_outside_a_transaction_needs_a_row_that_says_done_too()
    {
        await using var installation = await CreateAsync();
        installation.Let("V1_003", "Do", Trigger("UPDATE"));

        var result = await installation.RunAsync("--to", "1.003");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5034"], Refusal.Codes(result));
    }

    private static string Trigger(string on) => $"""
        CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER swallowing BEFORE {on} ON krang_upgrade_journal FOR EACH ROW EXECUTE FUNCTION swallow()
        """;

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await Asking.CreateAsync(server);
        await installation.ExecuteAsync("""
            DO $$BEGIN CREATE ROLE app_of_e3c; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$;
            GRANT USAGE ON SCHEMA acme TO app_of_e3c
            """);
        return installation;
    }
}
