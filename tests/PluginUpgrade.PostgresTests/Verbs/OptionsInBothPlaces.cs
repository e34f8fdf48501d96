namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>What E1a showed, with the real program; tests/PluginUpgrade.Tests walks every verb with every option.</summary>
public class OptionsInBothPlaces(TestServer server)
{
    [Nightly]
    [Fact]
    public async Task E1a_before_the_verb_they_are_obeyed()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "a", "b");
        installation.Drop(Sample.ForInstances("V1_001"), Sample.ForInstances("V1_002"));
        await installation.SucceedsAsync("--to", "1.001", "upgrade");
        Assert.Equal(["V1_001"], await installation.CallsAsync("a"));

        var plan = await installation.SucceedsAsync("--instance", "a", "--to", "1.002", "plan");
        Assert.Contains("1 step on 1 target", plan.Output);
        await installation.SucceedsAsync("--instance", "a", "upgrade");
        Assert.Equal((2, 1), ((await installation.CallsAsync("a")).Count, (await installation.CallsAsync("b")).Count));

        await installation.SucceedsAsync("save");
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("CREATE TABLE a.kept (); CREATE TABLE b.kept ()");
        Assert.Contains("nothing was changed", (await installation.SucceedsAsync("--dry-run", "--yes", "restore")).Output);
        Assert.Contains("would be removed", (await installation.SucceedsAsync("--dry-run", "--yes", "--keep", "1", "saves")).Output);
        await installation.SucceedsAsync("--instance", "b", "--yes", "restore");
        Assert.Equal(["a"], await installation.QueryAsync("SELECT schemaname FROM pg_tables WHERE tablename = 'kept'"));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(installation.Root, "data", "upgrade-saves")).Length);
    }

    [Fact]
    public async Task E1a_one_that_the_verb_does_not_have_is_refused()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "a");

        await installation.RefusesAsync(["KU-1101"], "--dry-run", "status");
        await installation.RefusesAsync(["KU-1101"], "--keep", "1", "restore");
        await installation.RefusesAsync(["KU-1212"], "--label", "ring=x", "status");
    }
}
