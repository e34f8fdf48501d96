namespace PluginUpgrade.PostgresTests.Upgrades;

public class ModulesThatAreNotAsTheJournalSays(TestServer server)
{
    [Fact]
    public async Task Changed_ones_are_refused_until_that_is_allowed_which_the_journal_tells()
    {
        await using var installation = await AppliedAsync();
        installation.Drop(Sample.Counting("V1_001") with { Description = "not what it was", Version = "1.001" });

        var result = await installation.RefusesAsync(["KU-4009"], "--to", "1.003");

        Assert.Contains("V1_001.dll", result.Error);
        Assert.Contains("SHA-256", result.Error);
        await installation.SucceedsAsync("--to", "1.003", "--allow-changed");
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["--allow-changed"],
            await installation.QueryAsync("SELECT note FROM acme.krang_upgrade_journal WHERE version = '1.003'"));
    }

    [Nightly]
    [Fact]
    public async Task Missing_ones_are_refused_until_that_is_allowed_which_the_journal_tells()
    {
        await using var installation = await AppliedAsync();
        File.Delete(Path.Combine(installation.DropFolder, "V1_002.dll"));

        var result = await installation.RefusesAsync(["KU-4008"], "--to", "1.003");

        Assert.Contains("V1_002", result.Error);
        Assert.Contains("not in the drop folder", result.Error);
        await installation.SucceedsAsync("--to", "1.003", "--allow-missing");
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["--allow-missing"],
            await installation.QueryAsync("SELECT note FROM acme.krang_upgrade_journal WHERE version = '1.003'"));
    }

    [Fact]
    public async Task Late_ones_are_refused_until_that_is_allowed_which_the_journal_tells()
    {
        await using var installation = await AppliedAsync();
        installation.Drop(Sample.Counting("V1_001_5"));

        var result = await installation.RefusesAsync(["KU-4007"], "--to", "1.003");

        Assert.Contains("it arrived late", result.Error);
        Assert.Contains("1.001.5", result.Error);
        await installation.SucceedsAsync("--to", "1.003", "--allow-out-of-order");
        Assert.Equal(["V1_001", "V1_002", "V1_001_5", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["--allow-out-of-order"],
            await installation.QueryAsync("SELECT note FROM acme.krang_upgrade_journal WHERE version = '1.001.5'"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--to", "1.003")).Output);
    }

    [Nightly]
    [Fact]
    public async Task Are_all_told_at_once()
    {
        await using var installation = await AppliedAsync();
        installation.Drop(Sample.Counting("V1_001") with { Description = "not what it was", Version = "1.001" },
            Sample.Counting("V1_001_5"));
        File.Delete(Path.Combine(installation.DropFolder, "V1_002.dll"));

        await installation.RefusesAsync(["KU-4007", "KU-4008", "KU-4009"], "--to", "1.003");
    }

    [Nightly]
    [Fact]
    public async Task Copied_once_more_without_a_change_are_the_same_modules()
    {
        await using var installation = await AppliedAsync();
        var file = Path.Combine(installation.DropFolder, "V1_001.dll");
        Directory.CreateDirectory(Path.Combine(installation.DropFolder, "V1_001"));
        File.Move(file, Path.Combine(installation.DropFolder, "V1_001", "V1_001.dll"));

        await installation.SucceedsAsync("--to", "1.003");

        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    private async Task<TestInstallation> AppliedAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        await installation.SucceedsAsync("--to", "1.002");
        return installation;
    }
}
