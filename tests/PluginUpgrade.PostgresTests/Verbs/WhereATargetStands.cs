namespace PluginUpgrade.PostgresTests.Verbs;

public class WhereATargetStands(TestServer server)
{
    /// <summary>V1_002 was run by hand, which closes the gap: all that tell a version tell the same one.</summary>
    [Nightly]
    [Fact]
    public async Task E1m_is_told_alike_by_status_plan_saves_restores_and_refusals()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"), Sample.ForInstances("V1_002"), Sample.ForInstances("V1_003"));
        await installation.SucceedsAsync("--to", "1.001");
        await installation.SucceedsAsync("run", "V1_002", "acme");

        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("1.002", $"{status["targets"]![0]!["version"]}");
        Assert.Equal("""["1.003"]""", status["targets"]![0]!["pending"]!.ToJsonString());
        var (_, plan) = await installation.RunJsonAsync("plan", "acme");
        Assert.Equal("1.003", $"{Assert.Single(plan["stages"]![0]!["lanes"]![0]!["steps"]!.AsArray())!["version"]}");
        await installation.SucceedsAsync("save", "acme");
        var (_, saves) = await installation.RunJsonAsync("saves");
        Assert.Equal("1.002", $"{saves["saves"]![0]!["targets"]![0]!["versions"]![""]}");
        var (_, restore) = await installation.RunJsonAsync("restore", "acme", "--dry-run");
        Assert.Equal(("1.002", "1.002"), ($"{restore["targets"]![0]!["now"]}", $"{restore["targets"]![0]!["then"]}"));
        Assert.Contains("at 1.002, beyond", (await installation.RefusesAsync(["KU-4002"], "upgrade", "acme", "--to", "1.001")).Error);
        Assert.Contains("it is at 1.002", (await installation.RefusesAsync(["KU-4014"], "baseline", "1.003", "acme")).Error);
        var behind = await installation.RefusesAsync(["KU-4004"], "upgrade", "acme", "--from", "1.003");
        Assert.Contains("at 1.002 according to the journal", behind.Error);
    }

    [Fact]
    public async Task E1m_is_told_alike_where_there_is_nothing_and_where_nobody_can_say()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.SucceedsAsync("save");
        Assert.Equal(["0", "0"], await ToldAsync(installation, "acme"));

        await installation.ExecuteAsync("CREATE TABLE acme.story ()");
        Assert.Equal(["", ""], await ToldAsync(installation, "acme"));

        await installation.SucceedsAsync("upgrade", "globex", "--skip-installation");
        await installation.ExecuteAsync("UPDATE globex.krang_upgrade_journal SET version = 'garbage'");
        Assert.Equal(["", ""], await ToldAsync(installation, "globex"));
    }

    private static async Task<string[]> ToldAsync(TestInstallation installation, string instance)
    {
        var (_, status) = await installation.RunJsonAsync("status", instance);
        var (_, restore) = await installation.RunJsonAsync("restore", instance, "--dry-run");
        return [$"{status["targets"]![0]!["version"]}", $"{restore["targets"]![0]!["now"]}"];
    }
}
