namespace PluginUpgrade.PostgresTests.Upgrades;

public class StagesOfAnUpgrade(TestServer server)
{
    private static readonly string[] Instances = ["i1", "i2", "i3"];

    [Fact]
    public async Task Are_in_Krangs_order_the_installation_step_of_a_version_lies_between_its_instances_and_those_of_the_version_before()
    {
        await using var installation = await OrderedAsync();

        await installation.SucceedsAsync();

        var order = await OrderAsync(installation);
        Assert.Equal(["public V1_001", "public V1_003"], order.Where(what => what.StartsWith("public", StringComparison.Ordinal)));
        foreach (var instance in Instances)
        {
            Assert.Equal(["V1_001", "V1_002", "V1_003", "V1_004"],
                order.Where(what => what.StartsWith(instance, StringComparison.Ordinal)).Select(what => what.Split(' ')[1]));
            Assert.True(order.IndexOf("public V1_001") < order.IndexOf($"{instance} V1_001"));
            Assert.True(order.IndexOf($"{instance} V1_002") < order.IndexOf("public V1_003"));
            Assert.True(order.IndexOf("public V1_003") < order.IndexOf($"{instance} V1_003"));
        }
    }

    [Fact]
    public async Task Join_versions_without_an_installation_step_and_the_plan_shows_it()
    {
        await using var installation = await OrderedAsync();

        var (exitCode, plan) = await installation.RunJsonAsync("plan");

        Assert.Equal(0, exitCode);
        Assert.Equal(
            ["installation 1.001", "3 instances 1.001..1.002", "installation 1.003", "3 instances 1.003..1.004", "installation 1.004"],
            plan["stages"]!.AsArray().Select(stage => $"{stage!["name"]}"));
    }

    [Fact]
    public async Task Do_the_whole_installation_first_where_that_is_asked_for()
    {
        await using var installation = await OrderedAsync();

        await installation.SucceedsAsync("--order", "installation-first");

        var order = await OrderAsync(installation);
        Assert.Equal(["public V1_001", "public V1_003"], order[..2]);
        Assert.Equal(2 + 4 * Instances.Length, order.Count);
    }

    [Theory]
    [NightlyData("--parallel")]
    [InlineData("--Run:Parallel")]
    public async Task Run_as_many_instances_side_by_side_as_asked_for(string option)
    {
        await using var installation = await TestInstallation.CreateAsync(server, Instances);
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start(option, "2");
        await Gate.ReachedAsync(installation, host, modules: 2);
        // Nothing can be waited for here: that a third never comes is seen by its not having come.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await Gate.WaitingAsync(installation)).Count);
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
        foreach (var instance in Instances) Assert.Equal(["V1_001"], await installation.CallsAsync(instance));
    }

    [Fact]
    public async Task Are_shown_by_a_dry_run_as_the_SQL_that_would_be_sent_and_nothing_is_changed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        var result = await installation.SucceedsAsync("--dry-run");

        Assert.Contains("-- installation 1.001\nCREATE TABLE IF NOT EXISTS calls", result.Output);
        Assert.Contains("-- acme 1.002\nCREATE TABLE IF NOT EXISTS calls", result.Output);
        Assert.Contains("Dry run (installation first), everything rolled back", result.Output);
        Directory.Delete(Path.Combine(installation.Root, "data"), recursive: true);
        Assert.Equal(before, await installation.SnapshotAsync());
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    /// <summary>Modules that write down when they ran: 1.001 and 1.003 on the installation too, the others on instances alone.</summary>
    private async Task<TestInstallation> OrderedAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, Instances);
        await installation.ExecuteAsync("CREATE SCHEMA seen; CREATE TABLE seen.happened (n bigserial, what text)");
        installation.Drop([.. Enumerable.Range(1, 4).Select(i => new ModuleSource($"V1_00{i}")
        {
            PerInstallation = i % 2 == 1 ? Happened(i) : null,
            PerInstance = Happened(i),
        })]);
        return installation;

        // Each instance takes a different time, so that one which did not wait for the others would be caught.
        static string Happened(int i) => $"""
            SELECT pg_sleep(CASE current_schema() WHEN 'i1' THEN 0 WHEN 'i2' THEN 0.1 WHEN 'i3' THEN 0.3 ELSE 0 END);
            INSERT INTO seen.happened (what) VALUES (current_schema() || ' V1_00{i}')
            """;
    }

    private static Task<List<string>> OrderAsync(TestInstallation installation) =>
        installation.QueryAsync("SELECT what FROM seen.happened ORDER BY n");
}
