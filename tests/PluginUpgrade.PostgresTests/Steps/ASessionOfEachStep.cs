namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>
/// Each step of each lane looks for what others may have left in the session, and leaves it itself: a step after another in its lane, in
/// the next lane of the same connection, outside a transaction, in one transaction with others, in a dry run, tried again.
/// </summary>
public class ASessionOfEachStep(TestServer server)
{
    private const string OurLock = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = 1263686983";

    /// <summary>What a step leaves, and what is true in a session where nobody did.</summary>
    public static readonly TheoryData<string, string> Leavings = new TheoryData<string, string>
    {
        { "CREATE TEMP TABLE todo (id int); INSERT INTO todo VALUES (1)", "to_regclass('pg_temp.todo') IS NULL" },
        {
            "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = pg_my_temp_schema())"
        },
        { "CREATE TYPE pg_temp.mood AS ENUM ('a')", "to_regtype('pg_temp.mood') IS NULL" },
        { "PREPARE p AS SELECT 1", "NOT EXISTS (SELECT FROM pg_prepared_statements)" },
        { "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'c')" },
        { "LISTEN news", "NOT EXISTS (SELECT FROM pg_listening_channels())" },
        {
            "SELECT pg_advisory_lock(4711), pg_advisory_lock(4711), pg_advisory_lock_shared(4712)",
            "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid IN (4711, 4712))"
        },
        { "SELECT pg_advisory_unlock_all()", $"EXISTS ({OurLock})" },
        { "SET statement_timeout = '1h'", "current_setting('statement_timeout') = '0'" },
        { "SET LOCAL search_path = pg_catalog", "current_setting('search_path') LIKE '%pg_temp%'" },
        { "SET session_replication_role = replica", "current_setting('session_replication_role') = 'origin'" },
        { "SET row_security = off", "current_setting('row_security') = 'on'" },
        { "SET default_transaction_read_only = on", "current_setting('default_transaction_read_only') = 'off'" },
        { "SET client_encoding = 'LATIN1'", "current_setting('client_encoding') = 'UTF8'" },
        { "SET ROLE pg_monitor", "current_user = session_user" },
        { "SET SESSION AUTHORIZATION pg_monitor", "session_user <> 'pg_monitor'" },
    }.AtNightBut(
        "CREATE TEMP TABLE todo (id int); INSERT INTO todo VALUES (1)", "SELECT pg_advisory_unlock_all()",
        "SET SESSION AUTHORIZATION pg_monitor");

    [Theory]
    [MemberData(nameof(Leavings))]
    public async Task E1b_Is_what_each_step_finds(string leave, string isNew)
    {
        await using var installation = await CreateAsync($"{Asking.Demand(isNew)}; {leave}");

        await installation.DoneAsync();

        foreach (var instance in new[] { "acme", "globex" })
            Assert.Equal(
                ["1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003", "1.004 done V1_004"],
                await installation.JournalAsync(instance));
    }

    /// <summary>All of it at once; what ends the rights to do the next comes last.</summary>
    [Theory]
    [InlineData("upgrade", "--to", "1.002", "--atomic", "instance")]
    [InlineData("upgrade", "--to", "1.002", "--dry-run")]
    public async Task E1b_Is_what_steps_of_one_transaction_find(params string[] arguments)
    {
        var all = Leavings.Select(row => row.Data).ToList();
        await using var installation = await CreateAsync(string.Join(
            "; ", [.. all.Select(leaving => Asking.Demand(leaving.Item2)), .. all.Select(leaving => leaving.Item1)]));

        await installation.DoneAsync(arguments);
    }

    /// <summary>Prepared by Npgsql, which keeps a list of its own of what the server has.</summary>
    [Nightly]
    [Theory]
    [InlineData("upgrade")]
    [InlineData("upgrade", "--to", "1.002", "--atomic", "instance")]
    [InlineData("upgrade", "--to", "1.002", "--dry-run")]
    public async Task E1b_Has_nothing_prepared_and_what_is_prepared_again_works(params string[] arguments)
    {
        await using var installation = await CreateAsync(Asking.Demand("(SELECT count(*) FROM pg_prepared_statements) <= 1"));
        foreach (var version in Versions) installation.Let(version, "Prepare", "SELECT 1");

        await installation.DoneAsync(arguments);
    }

    [Fact]
    public async Task E1b_Has_no_current_value_of_a_sequence()
    {
        await using var installation = await CreateAsync("""
            DO $$BEGIN PERFORM lastval(); RAISE EXCEPTION 'left behind'; EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END$$;
            SELECT nextval('told.numbers')
            """);
        await installation.ExecuteAsync("CREATE SEQUENCE told.numbers");

        await installation.DoneAsync();
    }

    /// <summary>Rolled back is not all that a try leaves: locks, prepared statements and values of sequences stay.</summary>
    [Fact]
    public async Task E1b_Is_what_another_try_finds()
    {
        await using var installation = await CreateAsync("""
            DO $$BEGIN
              IF EXISTS (SELECT FROM pg_prepared_statements)
                OR EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = 4711)
              THEN RAISE EXCEPTION 'left behind'; END IF;
            END$$;
            PREPARE p AS SELECT 1; SELECT pg_advisory_lock(4711);
            DO $$BEGIN IF nextval('told.tries') <= 2 THEN RAISE EXCEPTION 'once more' USING ERRCODE = '40001'; END IF; END$$
            """);
        await installation.ExecuteAsync("CREATE SEQUENCE told.tries");

        var result = await installation.RunAsync("--to", "1.002");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("attempt 3", result.Error);
    }

    /// <summary>The issue's own: rows that the step before meant were deleted, in one run and not in two.</summary>
    [Theory]
    [InlineData(true)]
    [NightlyData(false)]
    public async Task E1b_Does_the_same_in_one_run_and_in_two(bool together)
    {
        const string delete = "DELETE FROM story s USING todo t WHERE s.id = t.id";
        await using var installation = await Asking.CreateAsync(server);
        installation
            .Let("V1_001", "Do", "CREATE TABLE story AS SELECT generate_series(1, 10) AS id")
            .Let("V1_002", "Do", $"CREATE TEMP TABLE IF NOT EXISTS todo AS SELECT 1 AS id; {delete}")
            .Let("V1_004", "Do", $"CREATE TEMP TABLE IF NOT EXISTS todo AS SELECT 2 AS id; {delete}");

        if (!together) await installation.DoneAsync("--to", "1.002");
        await installation.DoneAsync();

        Assert.Equal(["3"], await installation.QueryAsync("SELECT min(id) FROM acme.story"));
    }

    private static readonly string[] Versions = ["V1_001", "V1_002", "V1_003", "V1_004"];

    /// <summary>Two instances, one after the other on one connection, whose steps all do this.</summary>
    private async Task<TestInstallation> CreateAsync(string sql)
    {
        var installation = await Asking.CreateAsync(server, "acme", "globex");
        installation.Run("Parallel", 1);
        foreach (var version in Versions) installation.Let(version, "Do", sql);
        return installation;
    }
}
