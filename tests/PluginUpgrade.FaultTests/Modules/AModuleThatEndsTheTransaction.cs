namespace PluginUpgrade.FaultTests.Modules;

/// <summary>
/// Commits or rolls back inside its own step: then nobody knows what of it was kept, and that must be said until somebody has looked.
/// </summary>
public class AModuleThatEndsTheTransaction(TestServer server)
{
    [Theory]
    [InlineData("COMMIT")]
    [InlineData("COMMIT; BEGIN; INSERT INTO acme.story VALUES ('second')")]
    [InlineData("commit, throw")]
    [InlineData("commit, begin, throw")]
    [InlineData("commit, close")]
    [InlineData("COMMIT; SELECT 1 / 0")]
    [InlineData("ROLLBACK")]
    [InlineData("ROLLBACK; INSERT INTO acme.story VALUES ('second')")]
    [InlineData("ROLLBACK; BEGIN; INSERT INTO acme.story VALUES ('second')")]
    [InlineData("rollback, throw")]
    [InlineData("reopen")]
    public async Task Is_torn_until_it_is_reset(string what)
    {
        await using var installation = await Misbehaviour.CreateAsync(server, what);

        var result = await installation.UpgradeAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-5004", result.Error);
        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("torn", $"{status["targets"]![0]!["status"]}");
        Assert.Equal([.. Misbehaviour.NothingDone, "1.002 running V1_002"], await installation.JournalAsync("acme"));

        var before = await installation.StoryAsync();
        installation.Tell("nothing");
        var refused = await installation.UpgradeAsync();
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("KU-4006", refused.Error);
        Assert.Contains("krang-upgrade reset acme", refused.Error);
        Assert.Equal(before, await installation.StoryAsync());

        // What the operator does who has looked.
        await installation.ExecuteAsync("TRUNCATE acme.story; DROP TABLE IF EXISTS acme.made");
        Assert.Equal(2, (await installation.RunAsync("reset", "acme")).ExitCode);
        Assert.Equal(0, (await installation.RunAsync("reset", "acme", "--yes")).ExitCode);
        var resumed = await installation.UpgradeAsync();
        Assert.True(resumed.ExitCode == 0, $"{resumed}");
        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(["first"], await installation.StoryAsync());
    }
}
