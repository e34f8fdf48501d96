using System.Globalization;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>A login costs the server as much as a part of a small swap.</summary>
public class ConnectionsOfSwaps(TestServer server)
{
    /// <param name="checks">Connections for each instance before the upgrade: the module has a check of its own.</param>
    [Theory]
    [InlineData("Beside", 1)]
    [InlineData("BesideFollowing", 0)]
    public async Task Are_kept_for_the_next_instance(string module, int checks)
    {
        List<string> names = [.. Enumerable.Range(1, 16).Select(i => $"tenant{i}")];
        await using var installation = await BesideInstallation.CreateAsync(server, module, [.. names]);
        installation.Settings["Run"]!["Parallel"] = 1;
        var before = await SessionsAsync(installation);

        await installation.UpgradesAsync();

        Assert.InRange(await SessionsAsync(installation) - before, 1, names.Count * (checks + 1) - 1);
        Assert.Equal(["16"], await installation.QueryAsync("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\\_\\_before'"));
    }

    /// <summary>One for the lock of the run, the lane's, and the build's.</summary>
    [Theory]
    [InlineData("Beside")]
    [InlineData("BesideFollowing")]
    public async Task Three_are_enough(string module)
    {
        await using var installation = await BesideInstallation.CreateAsync(server, module);
        var role = $"plain_{Guid.NewGuid():N}";
        await installation.ExecuteAsync($"""
            CREATE ROLE {role} LOGIN CONNECTION LIMIT 3; ALTER SCHEMA public OWNER TO {role}; ALTER SCHEMA acme OWNER TO {role};
            ALTER TABLE acme.item OWNER TO {role}; ALTER TABLE acme.krang_upgrade_journal OWNER TO {role};
            ALTER TABLE public.krang_upgrade_journal OWNER TO {role};
            DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END$$
            """);
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Username = role }.ConnectionString;

        await installation.UpgradesAsync();

        Assert.Equal(["acme", "acme__before"], await installation.SchemasAsync());
    }

    /// <summary>How many sessions the database has had, of those that have ended.</summary>
    private static async Task<long> SessionsAsync(TestInstallation installation)
    {
        const string others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while ((await installation.QueryAsync(others))[0] != "0") await Task.Delay(20, TestContext.Current.CancellationToken);
        return long.Parse((await installation.QueryAsync(
            "SELECT coalesce(to_jsonb(d) ->> 'sessions', '1') FROM pg_stat_database d WHERE datname = current_database()"))[0],
            CultureInfo.InvariantCulture);
    }
}
