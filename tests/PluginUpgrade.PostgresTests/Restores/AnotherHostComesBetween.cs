using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.PostgresTests.Saves;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>The server ends the session that holds a target's lock, and somebody else is at work on it meanwhile.</summary>
public class AnotherHostComesBetween(TestServer server)
{
    [Theory]
    [NightlyData(true)]
    [InlineData(false)]
    public async Task E5h_a_whole_database_is_not_replaced_under_another_hosts_upgrade(bool endSession)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        var name = endSession ? "between_ended" : "between_changed";
        await installation.ExecuteAsync($"CREATE DATABASE {name}");
        installation.Settings["Instances"] = new JsonObject { ["lone"] = new JsonObject { ["Database"] = $"Database={name}" } };
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.SucceedsAsync();
        var lone = new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
        await installation.ExecuteAsync("""
            CREATE TABLE slow (id integer); INSERT INTO slow VALUES (1);
            CREATE FUNCTION slowly(x integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT x'; CREATE INDEX ON slow (slowly(id));
            CREATE OR REPLACE FUNCTION slowly(x integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
              PERFORM pg_catalog.pg_sleep(10); RETURN x; END $$;
            """, lone);
        await installation.SucceedsAsync("save");

        using var restore = installation.Start("restore", "lone", "--yes");
        await UntilAsync(installation, restore,
            $"SELECT 1 FROM pg_stat_activity WHERE datname = '{name}__restoring' AND query LIKE 'CREATE INDEX%'");
        if (endSession)
            await installation.ExecuteAsync($"""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND application_name LIKE 'krang-upgrade %'
                """);
        await installation.ExecuteAsync("UPDATE krang_upgrade_journal SET note = 'by another host'", lone);
        var result = await restore.EndAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-7065", result.Error);
        Assert.Equal(["by another host"], await installation.QueryAsync("SELECT note FROM krang_upgrade_journal", lone));
        Assert.Empty(await installation.QueryAsync($"SELECT datname FROM pg_database WHERE datname LIKE '{name}\\_\\_%'"));
    }

    [Theory]
    [NightlyData(true)]
    [InlineData(false)]
    public async Task E5h_a_save_whose_version_nobody_knows_is_none(bool endSession)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.SucceedsAsync();
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer)");

        using var save = await StartAsync(installation, endSession);
        var result = await save.EndAsync();

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains("KU-7062", result.Error);
        Assert.Empty(Saved.Entries(installation));
    }

    private static async Task<HostProcess> StartAsync(TestInstallation installation, bool endSession)
    {
        await using var application = await installation.HoldAsync("acme.story");
        var save = installation.Start("save", "acme");
        await Saved.DumpingAsync(installation, save);
        if (endSession)
            await installation.ExecuteAsync("""
                SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ShareLock'
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """);
        await installation.ExecuteAsync("UPDATE acme.krang_upgrade_journal SET note = 'by another host'");
        return save;
    }

    private static async Task UntilAsync(TestInstallation installation, HostProcess host, string query)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (await installation.QueryAsync(query) is [])
        {
            Assert.False(host.HasExited, $"ended before that:\n{host.ErrorSoFar}");
            await Task.Delay(50, limit.Token);
        }
    }
}
