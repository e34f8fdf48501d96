using Npgsql;

namespace PluginUpgrade.FaultTests.Modules;

/// <summary>Changes the session and leaves it so: the next step, on the same connection, finds it as a step should.</summary>
public class AModuleThatSpoilsItsSession(TestServer server)
{
    [Theory]
    [NightlyData("SET search_path = pg_catalog", "search_path", "\"acme\", \"pg_temp\"")]
    [InlineData("SET ROLE pg_monitor", "role", "krang")]
    [InlineData("SET SESSION AUTHORIZATION pg_monitor", "role", "krang")]
    [NightlyData("SET SESSION AUTHORIZATION pg_monitor", "login", "krang")]
    [NightlyData("SET lock_timeout = 1", "lock_timeout", "5s")]
    [NightlyData("SET statement_timeout = '1h'", "statement_timeout", "0")]
    [NightlyData("SET default_transaction_read_only = on", "read_only", "off")]
    [InlineData("SELECT pg_advisory_unlock_all()", "locks > 0", "True")]
    public async Task Does_not_harm_the_next_step(string sql, string column, string expected)
    {
        // The claimed row is sealed by the role that the module left.
        await using var installation = await Misbehaviour.CreateAsync(server, sql);
        await installation.ExecuteAsync("GRANT ALL ON SCHEMA acme TO pg_monitor; GRANT ALL ON ALL TABLES IN SCHEMA acme TO pg_monitor");

        var result = await installation.UpgradeAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(expected.Replace("krang", new NpgsqlConnectionStringBuilder(installation.Database).Username, StringComparison.Ordinal),
            await installation.SessionAsync(column));
    }

    [Theory]
    [InlineData("RESET ROLE")]
    [NightlyData("SET ROLE pg_monitor")]
    [NightlyData("SET SESSION AUTHORIZATION pg_monitor")]
    public async Task Does_not_take_the_role_away_that_the_connection_string_sets(string sql)
    {
        await using var installation = await Misbehaviour.CreateAsync(server, sql);
        await installation.ExecuteAsync("""
            DO $$BEGIN IF to_regrole('owner_of_all') IS NULL THEN CREATE ROLE owner_of_all; END IF; END$$;
            GRANT ALL ON SCHEMA acme TO pg_monitor; GRANT ALL ON ALL TABLES IN SCHEMA acme TO pg_monitor;
            GRANT ALL ON SCHEMA acme TO owner_of_all; GRANT ALL ON ALL TABLES IN SCHEMA acme TO owner_of_all;
            ALTER TABLE acme.krang_upgrade_journal OWNER TO owner_of_all
            """);
        installation.Settings["Instances"]!["acme"]!["Database"] = "Options=-c role=owner_of_all";

        var result = await installation.UpgradeAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal("owner_of_all", await installation.SessionAsync("role"));
    }
}
