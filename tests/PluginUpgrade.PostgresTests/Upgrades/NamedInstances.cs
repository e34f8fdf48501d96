namespace PluginUpgrade.PostgresTests.Upgrades;

public class NamedInstances(TestServer server)
{
    [Fact]
    public async Task Are_upgraded_alone_neither_the_installation_nor_others_are_touched()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"), Sample.ForInstances("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");
        var others = await OthersAsync(installation);

        await installation.SucceedsAsync("upgrade", "acme");

        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("acme"));
        Assert.Equal(others, await OthersAsync(installation));
    }

    [Fact]
    public async Task May_be_given_as_options_without_a_verb()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech");
        installation.Drop(Sample.ForInstances("V1_001"));

        await installation.SucceedsAsync("--instance", "acme", "--instance", "initech", "--to", "1.001");

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("initech"));
        Assert.Empty(await installation.JournalAsync("globex"));
        Assert.Empty(await installation.JournalAsync());
    }

    [Fact]
    public async Task Are_refused_where_an_installation_step_has_not_run_with_the_command_that_would_run_it()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");

        var result = await installation.RefusesAsync(["KU-4010"], "upgrade", "acme", "--to", "1.002");

        Assert.Contains("acme: The installation step of 1.002 must run before", result.Error);
        Assert.Contains("krang-upgrade --to 1.002", result.Error);
        Assert.Contains("--skip-installation", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task Go_on_without_the_installation_step_where_that_is_asked_for_and_the_journal_tells()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");

        await installation.SucceedsAsync("upgrade", "acme", "--skip-installation");

        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("public"));
        Assert.Equal(["--skip-installation: without the installation step of 1.002"],
            await installation.QueryAsync("SELECT note FROM acme.krang_upgrade_journal WHERE version = '1.002'"));
        Assert.Contains("--skip-installation", (await installation.SucceedsAsync("history", "acme")).Output);
        await installation.SucceedsAsync();
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("public"));
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task S5_unknown_names_are_refused_with_the_likely_name_and_nobody_else_is_upgraded()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"));

        var result = await installation.RefusesAsync(["KU-1208", "KU-1208"], "upgrade", "acm", "acme", "nobody");

        Assert.Contains("acm: There is no instance with this name. Did you mean acme?", result.Error);
        Assert.Contains("nobody: There is no instance with this name.", result.Error);
        Assert.Contains("krang-upgrade status", result.Error);
    }

    [Theory]
    [InlineData("status")]
    [NightlyData("plan")]
    [NightlyData("check")]
    [NightlyData("history")]
    [NightlyData("run", "V1_001")]
    [InlineData("baseline", "1.001")]
    public async Task S5_unknown_names_are_an_error_of_every_verb(params string[] verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));

        await installation.RefusesAsync(["KU-1208"], [.. verb, "nobody"]);
    }

    private static Task<List<string>> OthersAsync(TestInstallation installation) => installation.QueryAsync("""
        SELECT j::text FROM public.krang_upgrade_journal j UNION ALL SELECT j::text FROM globex.krang_upgrade_journal j
        UNION ALL SELECT c::text FROM globex.calls c
        """);
}
