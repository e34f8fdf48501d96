namespace PluginUpgrade.PostgresTests.Verbs;

public class AcceptingAChangedModule(TestServer server)
{
    private const string Rows = """
        SELECT concat_ws(' | ', state, sha256, note, host, jsonb_array_length(earlier),
          earlier -> -1 ->> 'sha256', earlier -> -1 ->> 'state')
        FROM acme.krang_upgrade_journal WHERE version = '1.001'
        """;

    [Fact]
    public async Task Goes_on_without_allow_changed_and_keeps_who_why_and_what_was_before()
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
    public async Task Concerns_the_named_instances_alone_and_a_dry_run_changes_nothing()
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
    public async Task Is_refused_with_everything_that_is_wrong_with_it_at_once()
    {
        await using var installation = await ChangedAsync();

        await installation.RefusesAsync(["KU-1105", "KU-1130", "KU-1208"], "accept", "7.7", "nobody");
        await installation.RefusesAsync(["KU-1102", "KU-1130"], "accept", "seven", "--reason", " ");
        await installation.RefusesAsync(["KU-4020"], "accept", "1.003", "--reason", "never applied");
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
