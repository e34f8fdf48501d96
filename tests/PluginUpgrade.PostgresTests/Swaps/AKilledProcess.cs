namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>F12: the process is killed at each statement of a rollback and of a purge. Everything has happened, or nothing.</summary>
public class AKilledProcess(TestServer server)
{
    private const string Committed = " committed";

    [Theory]
    [NightlyData("rollback locked")]
    [NightlyData("rollback carried")]
    [InlineData("rollback renamed")]
    [InlineData("rollback not committed")]
    [InlineData("rollback" + Committed)]
    public async Task F12_Of_a_rollback_leaves_one_live_schema_and_the_same_command_does_the_rest(string label)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        var (live, before) = (await Exchanged.OidAsync(installation, "acme"), await Exchanged.OidAsync(installation, "acme__before"));

        await KillAtAsync(installation, label, "rollback", "acme", "--yes");

        await UntilFreeAsync(installation);
        var isDone = label.EndsWith(Committed, StringComparison.Ordinal) && !label.Contains("not", StringComparison.Ordinal);
        Assert.Equal(isDone ? before : live, await Exchanged.OidAsync(installation, "acme"));
        Assert.Equal(isDone ? live : "none", await Exchanged.OidAsync(installation, "acme__failed"));
        if (isDone) await installation.RefusesAsync(["KU-8051"], "rollback", "acme", "--yes");
        else await installation.SucceedsAsync("rollback", "acme", "--yes");
        Assert.Equal(["V1_7"], await Exchanged.TitlesAsync(installation, "acme"));
        Assert.Equal(["1.7 done V1_7", "2.0 failed V2_0"], await installation.JournalAsync("acme"));
        Assert.Equal((null, Exchanged.FormerComment), await Exchanged.CommentAsync(installation, "acme"));
    }

    [Theory]
    [NightlyData("purge locked")]
    [InlineData("purge dropped")]
    [InlineData("purge" + Committed)]
    public async Task F12_Of_a_purge_leaves_all_or_nothing_and_the_same_command_does_the_rest(string label)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        var before = await Exchanged.OidAsync(installation, "acme__before");

        await KillAtAsync(installation, label, "purge", "acme", "--yes");

        await UntilFreeAsync(installation);
        var isDone = label.EndsWith(Committed, StringComparison.Ordinal);
        Assert.Equal(isDone ? "none" : before, await Exchanged.OidAsync(installation, "acme__before"));
        if (!isDone) Assert.Equal(["V1_7"], await Exchanged.TitlesAsync(installation, "acme__before"));
        await installation.SucceedsAsync("purge", "acme", "--yes");
        Assert.Equal("none", await Exchanged.OidAsync(installation, "acme__before"));
        Assert.Equal(["V1_7", "V2_0"], await Exchanged.TitlesAsync(installation, "acme"));
    }

    private static async Task KillAtAsync(TestInstallation installation, string label, params string[] arguments)
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Root, "ended");
        installation.Defect = "none";
        using (var host = installation.Start(arguments, new Dictionary<string, string?>
        {
            ["KRANG_END_LABEL"] = label,
            ["KRANG_END_AT"] = "1",
            ["KRANG_END_FILE"] = file,
        }))
            await host.EndAsync();
        installation.Defect = null;
        Assert.Equal(label, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    /// <summary>The server notices after a moment that its client is gone.</summary>
    private static async Task UntilFreeAsync(TestInstallation installation)
    {
        while (await installation.QueryAsync("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %'") is not [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
