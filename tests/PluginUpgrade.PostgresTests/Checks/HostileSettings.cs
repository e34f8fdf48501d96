using Npgsql;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>Settings of a role or of a database that act on every session which does not say otherwise.</summary>
public class HostileSettings(TestServer server)
{
    private static readonly string[] OfValues =
    [
        "standard_conforming_strings = off", "DateStyle = 'German, DMY'", "IntervalStyle = sql_standard", "bytea_output = escape",
        "extra_float_digits = -15", "quote_all_identifiers = on", "array_nulls = off", "backslash_quote = off",
        "escape_string_warning = on", "check_function_bodies = off", "TimeZone = 'Pacific/Apia'", "transform_null_equals = on",
        "client_encoding = LATIN1", "client_min_messages = debug1", "xmloption = document", "default_text_search_config = 'simple'",
    ];

    private static readonly string[] OfSessions =
    [
        "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
        "idle_in_transaction_session_timeout = '1ms'", "statement_timeout = '1ms'", "lock_timeout = '1ms'", "row_security = off",
        "session_replication_role = replica",
        "exit_on_error = on", "search_path = nowhere",
    ];

    private static readonly string[] OfPlans =
    [
        "enable_seqscan = off", "enable_hashjoin = off", "enable_nestloop = off", "enable_indexscan = off",
        "plan_cache_mode = force_generic_plan", "join_collapse_limit = 1", "work_mem = '64kB'", "synchronous_commit = off",
        // What is switched off has high costs: each query would be compiled, which takes four times as long for all verbs.
        .. Tier.IsNightly ? (string[])["jit = on", "jit_above_cost = 0"] : ["jit = off"],
    ];

    [Theory]
    [NightlyData("DATABASE")]
    [InlineData("ROLE")]
    public async Task E1e_hostile_settings_of_every_kind_do_not_change_what_verbs_do(string whose)
    {
        await using var installation = await CreateAsync();
        await HaveAsync(installation, whose, [.. OfValues, .. OfSessions, .. OfPlans, .. await NewerAsync(installation)]);

        await UpgradeAsync(installation);
    }

    [Nightly]
    [Theory]
    [InlineData("standard_conforming_strings = off")]
    [InlineData("default_transaction_isolation = serializable")]
    [InlineData("statement_timeout = '1ms'")]
    [InlineData("idle_session_timeout = '1ms'")]
    [InlineData("idle_in_transaction_session_timeout = '1ms'")]
    [InlineData("client_encoding = LATIN1")]
    [InlineData("exit_on_error = on")]
    public async Task E3d_settings_that_end_or_change_sessions_end_none_of_ours(string setting)
    {
        await using var installation = await CreateAsync();
        if (setting.StartsWith("idle_session", StringComparison.Ordinal) && await NewerAsync(installation) is []) return;
        await HaveAsync(installation, "DATABASE", [setting]);

        await UpgradeAsync(installation);
    }

    /// <summary>As it was made before that was looked at.</summary>
    [Nightly]
    [Fact]
    public async Task E1e_a_journal_whose_key_lost_its_backslashes_is_told_and_mended_by_a_reset()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("--to", "1.001");
        await installation.ExecuteAsync("""
            SET standard_conforming_strings = off;
            ALTER TABLE acme.krang_upgrade_journal DROP COLUMN version_key;
            ALTER TABLE acme.krang_upgrade_journal ADD COLUMN version_key text NOT NULL GENERATED ALWAYS AS
              (regexp_replace(regexp_replace(version, '(^|\.)0+(?=\d)', '\1', 'g'), '(\.0+)+$', '')) STORED;
            ALTER TABLE acme.krang_upgrade_journal ADD PRIMARY KEY (scope, component, version_key)
            """);

        var refused = await installation.RefusesAsync(["KU-3017"]);
        Assert.Contains("krang-upgrade reset acme", refused.Error);
        Assert.Contains("it is repaired", (await installation.SucceedsAsync("reset", "acme")).Error);

        Assert.Equal(["1.1"], await installation.QueryAsync("SELECT version_key FROM acme.krang_upgrade_journal"));
        await installation.SucceedsAsync("--to", "1.002");
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task E1e_an_event_trigger_that_changes_the_journal_as_it_is_made_refuses_the_target()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE FUNCTION public.meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
            DECLARE made record;
            BEGIN
              FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'acme.krang_upgrade_journal' LOOP
                EXECUTE 'ALTER TABLE acme.krang_upgrade_journal ADD COLUMN tenant text';
              END LOOP;
            END $$;
            CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.meddle()
            """);

        var result = await installation.RunAsync("--to", "1.002");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("KU-3018", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync());
    }

    [Fact]
    public async Task E1d_encodings_of_the_server_do_not_change_a_letter_and_ours_are_refused()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001") with { PerInstance = "CREATE TABLE word AS SELECT 'Zoë né €' AS w" });
        await HaveAsync(installation, "DATABASE", ["client_encoding = LATIN1"]);
        foreach (var encoding in (string[])["LATIN1", "SQL_ASCII"])
        {
            using var host = installation.Start([], new Dictionary<string, string?> { ["PGCLIENTENCODING"] = encoding });
            var refused = await host.EndAsync();
            Assert.Equal(2, refused.ExitCode);
            Assert.Equal(["KU-1020"], Refusal.Codes(refused));
        }
        foreach (var part in (string[])["Client Encoding=LATIN1", "Encoding=iso-8859-1", "Options=-c client_encoding=LATIN1"])
        {
            installation.Settings["Installation"]!["Database"] = $"{installation.Database};{part}";
            await installation.RefusesAsync(["KU-1020"]);
        }
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};Client Encoding=UTF-8";

        await installation.SucceedsAsync();

        Assert.Equal(["Zoë né €"], await installation.QueryAsync("SELECT w FROM acme.word", Calm(installation)));
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"),
            new ModuleSource("V1_002") { PerInstance = "CREATE TABLE later AS SELECT 'é' AS e, pg_sleep(1)::text AS s" },
            Sample.ForInstances("V1_003") with { PerInstance = "SELECT * FROM missing" });
        return installation;
    }

    private static async Task UpgradeAsync(TestInstallation installation)
    {
        foreach (var verb in (string[][])[["status"], ["plan"], ["check"], ["--to", "1.002"]]) await installation.SucceedsAsync(verb);
        Assert.Equal(1, (await installation.RunAsync("upgrade", "acme")).ExitCode);
        foreach (var verb in (string[][])[["status"], ["history"], ["reset", "acme"], ["--to", "1.002"], ["status"]])
            await installation.SucceedsAsync(verb);
        const string journal =
            "SELECT version || ' ' || state || ' ' || module || ' ' || version_key FROM acme.krang_upgrade_journal ORDER BY 1";
        Assert.Equal(["1.001 done V1_001 1.1", "1.002 done V1_002 1.2"], await installation.QueryAsync(journal, Calm(installation)));
        Assert.Equal(["é"], await installation.QueryAsync("SELECT e FROM globex.later", Calm(installation)));
    }

    /// <summary>What this server knows and older ones do not.</summary>
    private static async Task<string[]> NewerAsync(TestInstallation installation)
    {
        await using var connection = await installation.OpenAsync();
        var major = connection.PostgreSqlVersion.Major;
        return
        [
            .. major >= 14 ? (string[])["idle_session_timeout = '1ms'"] : [],
            .. major >= 17 ? (string[])["transaction_timeout = '1ms'"] : [],
        ];
    }

    /// <summary>A connection of the test's own, which these settings do not disturb.</summary>
    private static string Calm(TestInstallation installation) => new NpgsqlConnectionStringBuilder(installation.Database)
    {
        ClientEncoding = "UTF8",
        Options = "-c statement_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=0"
            + " -c search_path=public -c client_min_messages=warning -c standard_conforming_strings=on",
    }.ConnectionString;

    /// <summary>A role's settings are those of a role of the test's own: others are at work on this server.</summary>
    private static async Task HaveAsync(TestInstallation installation, string whose, IEnumerable<string> settings)
    {
        var name = new NpgsqlConnectionStringBuilder(installation.Database).Database!;
        if (whose == "ROLE")
        {
            name = $"hostile_{Guid.NewGuid():N}";
            await installation.ExecuteAsync($"CREATE ROLE {name} LOGIN SUPERUSER");
            installation.Settings["Installation"]!["Database"] =
                new NpgsqlConnectionStringBuilder(installation.Database) { Username = name }.ConnectionString;
        }
        await installation.ExecuteAsync(string.Join("; ", settings.Select(setting => $"ALTER {whose} {name} SET {setting}")));
    }
}
