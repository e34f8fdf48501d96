namespace PluginUpgrade.PostgresTests.Verbs;

public class Baselines(TestServer server)
{
    [Fact]
    public async Task Are_recorded_and_run_nothing_and_upgrades_go_on_from_there()
    {
        await using var installation = await WithTablesAsync();

        await installation.SucceedsAsync("baseline", "1.002");

        Assert.Equal(["1.002 baseline"], await installation.JournalAsync("acme"));
        Assert.Equal(["1.002 baseline"], await installation.JournalAsync());
        Assert.Empty(await installation.CallsAsync("acme"));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["1.002 baseline", "1.003 done V1_003"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task A_baseline_of_named_instances_leaves_the_others_alone()
    {
        await using var installation = await WithTablesAsync();

        await installation.SucceedsAsync("baseline", "V1_002", "acme");

        Assert.Equal(["1.002 baseline"], await installation.JournalAsync("acme"));
        Assert.Empty(await installation.JournalAsync("globex"));
        Assert.Empty(await installation.JournalAsync());
    }

    [Nightly]
    [Fact]
    public async Task Take_the_place_of_those_declared_before()
    {
        await using var installation = await WithTablesAsync();
        await installation.SucceedsAsync("baseline", "1.001");

        await installation.SucceedsAsync("baseline", "1.002");

        Assert.Equal(["1.002 baseline"], await installation.JournalAsync("acme"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("baseline", "1.002")).Output);
    }

    [Nightly]
    [Fact]
    public async Task May_be_corrected_downwards_while_nothing_was_run()
    {
        await using var installation = await WithTablesAsync();
        await installation.SucceedsAsync("baseline", "1.003");

        await installation.SucceedsAsync("baseline", "1.001");

        Assert.Equal(["1.001 baseline"], await installation.JournalAsync("acme"));
        await installation.SucceedsAsync();
        Assert.Equal(["V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task Are_refused_over_a_history_of_steps_that_were_run()
    {
        await using var installation = await WithTablesAsync();
        await installation.SucceedsAsync("--from", "1.001", "--to", "1.002");

        var result = await installation.RunAsync("baseline", "1.003");

        Assert.Equal(2, result.ExitCode);
        Assert.All(Refusal.Codes(result), code => Assert.Equal("KU-4014", code));
        Assert.Contains("it is at 1.002", result.Error);
        Assert.Equal(["1.001 baseline", "1.002 done V1_002"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task A_baseline_that_is_no_version_is_refused()
    {
        await using var installation = await WithTablesAsync();

        await installation.RefusesAsync(["KU-1102"], "baseline", "newest");
    }

    [Fact]
    public async Task Are_what_from_declares_for_targets_without_a_journal()
    {
        await using var installation = await WithTablesAsync();

        await installation.SucceedsAsync("--from", "1.002");

        Assert.Equal(["1.002 baseline", "1.003 done V1_003"], await installation.JournalAsync("acme"));
        Assert.Equal(["--from"], await installation.QueryAsync("SELECT note FROM acme.krang_upgrade_journal WHERE state = 'baseline'"));
    }

    private async Task<TestInstallation> WithTablesAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        await installation.ExecuteAsync("CREATE TABLE accounts (); CREATE TABLE acme.story (); CREATE TABLE globex.story ()");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        return installation;
    }
}
