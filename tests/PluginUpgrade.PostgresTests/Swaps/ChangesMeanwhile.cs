using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What was checked before the question is checked again when everything is locked.</summary>
public class ChangesMeanwhile(TestServer server)
{
    private const string View = "CREATE VIEW public.titles AS SELECT title FROM acme.story";

    private const string Reader = "CREATE VIEW public.old AS SELECT title FROM acme__before.story";

    private const string Later = """
        LOCK TABLE acme.krang_upgrade_journal IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO acme.krang_upgrade_journal (scope, version, state, finished_at) VALUES ('instance', '2.1', 'done', now())
        """;

    private const string Gone = "DROP TABLE acme__before.story; COMMENT ON SCHEMA acme__before IS 'my own now'";

    [Theory]
    [InlineData("rollback", View, "KU-8055")]
    [InlineData("rollback", Later, "KU-8063")]
    [InlineData("rollback", Gone, "KU-8051")]
    [InlineData("purge", Reader, "KU-8059")]
    [InlineData("purge", Gone, "KU-8063")]
    public async Task Stop_it_before_it_changes_anything(string verb, string change, string code)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        var (live, before) = (await Exchanged.OidAsync(installation, "acme"), await Exchanged.OidAsync(installation, "acme__before"));
        await using var other = await installation.OpenAsync();
        await ExecuteAsync(other, $"BEGIN; {change}");

        using var host = installation.Start(verb, "acme", "--yes");
        while (await HoldsAsync(installation) is []) await Task.Delay(20, TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "COMMIT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal([code], Refusal.Codes(result));
        Assert.Equal(live, await Exchanged.OidAsync(installation, "acme"));
        Assert.Equal(before, await Exchanged.OidAsync(installation, "acme__before"));
        Assert.Equal("none", await Exchanged.OidAsync(installation, "acme__failed"));
    }

    /// <summary>The lock of the instance, which is taken after the checks of before.</summary>
    private static Task<List<string>> HoldsAsync(TestInstallation installation) => installation.QueryAsync($"""
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = {TargetLock.Space}
          AND objid = {unchecked((uint)TargetLock.Key(Scope.Instance, "acme"))}
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """);

    private static async Task ExecuteAsync(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
