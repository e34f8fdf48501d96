using Npgsql;

namespace PluginUpgrade.PostgresTests.Verbs;

public class AcceptingAChangedModule(TestServer server)
{
    private const string Rows = """
        SELECT concat_ws(' | ', state, sha256, note, host, jsonb_array_length(earlier),
          earlier -> -1 ->> 'sha256', earlier -> -1 ->> 'state')
        FROM acme.krang_upgrade_journal WHERE version = '1.001'
        """;

    [Fact]
    public async Task G1j_Goes_on_without_allow_changed_and_keeps_who_why_and_what_was_before()
    {
        await using var installation = await ChangedAsync();
        var before = (await installation.QueryAsync("SELECT sha256 FROM acme.krang_upgrade_journal WHERE version = '1.001'"))[0];
        await installation.RefusesAsync(["KU-4009"], "--to", "1.003");

        using (var host = installation.Start(
            ["accept", "1.001", "--reason", "only a comment"], new Dictionary<string, string?> { ["KRANG_USER"] = "anna" }))
        {
            var result = await host.EndAsync();
            Assert.True(result.ExitCode == 0, $"{result}");
        }

        var now = (await installation.RunJsonAsync("modules")).Document["modules"]![0]!["sha256"];
        var machine = Environment.MachineName;
        Assert.Equal(
            [$"done | {now} | accepted: only a comment | anna@{machine} | 1 | {before} | done"], await installation.QueryAsync(Rows));
        Assert.NotEqual(before, $"{now}");
        await installation.SucceedsAsync("--to", "1.003");
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("public"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("accept", "V1_001", "--reason", "again")).Output);
    }

    [Fact]
    public async Task G1j_Concerns_the_named_instances_alone_and_a_dry_run_changes_nothing()
    {
        await using var installation = await ChangedAsync();
        var untouched = await installation.SnapshotAsync();

        await installation.SucceedsAsync("accept", "1.001", "--reason", "tried", "--dry-run");
        Assert.Equal(await installation.QueryAsync(Rows), await installation.QueryAsync(Rows.Replace("acme", "globex")));
        await installation.SucceedsAsync("accept", "1.001", "acme", "--reason", "for one");

        Assert.NotEqual(untouched, await installation.SnapshotAsync());
        Assert.Contains("accepted: for one", (await installation.SucceedsAsync("history", "acme", "--no-color")).All);
        var refused = await installation.RefusesAsync(["KU-4009"], "--to", "1.003");
        Assert.Contains("globex", refused.Error);
        Assert.DoesNotContain("acme", refused.Error);
    }

    [Fact]
    public async Task G1j_Is_refused_with_everything_that_is_wrong_with_it_at_once()
    {
        await using var installation = await ChangedAsync();

        await installation.RefusesAsync(["KU-1105", "KU-1130", "KU-1208"], "accept", "7.7", "nobody");
        await installation.RefusesAsync(["KU-1102", "KU-1130"], "accept", "seven", "--reason", " ");
        await installation.RefusesAsync(["KU-4020"], "accept", "1.003", "--reason", "never applied");
    }

    /// <summary>Somebody changes the row between the plan and the step, which waits for the table meanwhile.</summary>
    [Theory]
    [InlineData("DELETE FROM acme.krang_upgrade_journal WHERE version = '1.001'")]
    [InlineData("UPDATE acme.krang_upgrade_journal SET state = 'failed', finished_at = NULL, error = 'x' WHERE version = '1.001'")]
    public async Task KU_5051_fails_where_the_journal_has_it_as_applied_no_longer(string change)
    {
        await using var installation = await ChangedAsync();
        await using var other = await installation.OpenAsync();
        await ExecuteAsync(other, $"BEGIN; LOCK TABLE acme.krang_upgrade_journal IN SHARE ROW EXCLUSIVE MODE; {change}");

        using var host = installation.Start("accept", "1.001", "acme", "--reason", "only a comment");
        const string waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('relation', 'transactionid')";
        while (await installation.QueryAsync(waiting) is [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await ExecuteAsync(other, "COMMIT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5051"], Refusal.Codes(result));
        Assert.Contains($"See: krang-upgrade history acme --root {installation.Root}", result.Error);
        var accepted = "SELECT count(*)::text FROM acme.krang_upgrade_journal WHERE version = '1.001' AND state = 'done'";
        Assert.Equal(["0"], await installation.QueryAsync(accepted));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<TestInstallation> ChangedAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        await installation.SucceedsAsync("--to", "1.002");
        installation.Drop(Sample.Counting("V1_001") with { Description = "not what it was", Version = "1.001" });
        return installation;
    }
}
