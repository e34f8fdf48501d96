using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>PostgreSQL does not order changes to the same row of its catalogues: whoever comes second fails, and is tried again.</summary>
public class RacesInTheCatalogues(TestServer server)
{
    /// <summary>From 60 schemas, eight at a time; the pause lets the others come in between.</summary>
    [Theory]
    [NightlyData("GRANT SELECT ON common.users TO pg_monitor; SELECT pg_sleep(0.02)")]
    [NightlyData("CREATE TABLE IF NOT EXISTS common.shared (id int); SELECT pg_sleep(0.02)")]
    [InlineData("CREATE SCHEMA IF NOT EXISTS shared; CREATE SEQUENCE IF NOT EXISTS shared.numbers; SELECT pg_sleep(0.02)")]
    [NightlyData("CREATE OR REPLACE FUNCTION common.one() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT pg_sleep(0.02)")]
    [NightlyData("CREATE EXTENSION IF NOT EXISTS citext SCHEMA common; COMMENT ON TABLE common.users IS 'people'")]
    [NightlyData("ALTER DEFAULT PRIVILEGES IN SCHEMA common GRANT SELECT ON TABLES TO pg_monitor; SELECT pg_sleep(0.02)")]
    [NightlyData("DROP FUNCTION IF EXISTS common.gone(); DROP TYPE IF EXISTS common.gone_too; SELECT pg_sleep(0.02)")]
    public async Task E3a_Cost_tries_and_no_step(string sql)
    {
        var instances = Enumerable.Range(1, 60).Select(i => $"i{i:00}").ToArray();
        await using var installation = await TestInstallation.CreateAsync(server, instances);
        await installation.ExecuteAsync("""
            CREATE SCHEMA common; CREATE TABLE common.users (name text);
            CREATE FUNCTION common.gone() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE TYPE common.gone_too AS ENUM ()
            """);
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = 8, ["PerServer"] = 8 };
        installation.Drop(new ModuleSource("V1_001") { PerInstance = sql });

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        foreach (var instance in new[] { "i01", "i60" }) Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync(instance));
    }

    /// <summary>Each is lost three times, told, and then won.</summary>
    [Theory]
    [InlineData("XX000", "tuple concurrently updated")]
    [NightlyData("XX000", "tuple concurrently deleted")]
    [NightlyData("XX000", "cache lookup failed for function 4711")]
    [NightlyData("23505", "duplicate key", ", SCHEMA = 'pg_catalog'")]
    public async Task E3a_Are_tried_again_and_told(string state, string text, string more = "")
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE SCHEMA common; CREATE SEQUENCE common.tries");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = Raising(state, text, more, times: 3) });

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains($"attempt 4, because: {text}", result.Error);
    }

    [Theory]
    [NightlyData("XX000", "tuple concurrently updated", "12", "")]
    [NightlyData("XX000", "something else is wrong inside", "1", "")]
    [NightlyData("23505", "duplicate key", "1", ", SCHEMA = 'public'")]
    [InlineData("42P07", "it is there already", "1", "")]
    public async Task E3a_Are_not_tried_for_ever_and_other_errors_not_at_all(string state, string text, string tries, string more)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE SCHEMA common; CREATE SEQUENCE common.tries");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = Raising(state, text, more, times: 1000) });

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5002"], Refusal.Codes(result));
        Assert.Contains($"{text} (SQLSTATE {state})", result.Error);
        Assert.Equal([tries], await installation.QueryAsync("SELECT last_value FROM common.tries"));
        Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync("acme"));
    }

    private static string Raising(string state, string text, string more, int times) => $"""
        DO $$BEGIN
          IF nextval('common.tries') <= {times} THEN RAISE EXCEPTION '{text}' USING ERRCODE = '{state}'{more}; END IF;
        END$$
        """;
}
