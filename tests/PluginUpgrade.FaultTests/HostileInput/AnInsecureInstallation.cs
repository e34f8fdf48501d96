namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>Through the real program: others could change what it loads.</summary>
public class AnInsecureInstallation(TestServer server)
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    [Theory]
    [InlineData("upgrade")]
    [NightlyData("plan")]
    [NightlyData("check")]
    [InlineData("run", "V1_001")]
    public async Task Is_refused_by_every_verb_that_loads_modules_unless_that_is_accepted(params string[] verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        File.SetUnixFileMode(installation.DropFolder, Everybody);
        File.SetUnixFileMode(installation.Root, Everybody);

        var refused = await installation.RefusesAsync(["KU-1030", "KU-2025"], verb);

        Assert.Contains($"{installation.Root}, {installation.DropFolder}", refused.Error);
        Assert.Contains("--allow-insecure-modules", refused.Error);
        var accepted = await installation.SucceedsAsync([.. verb, "--allow-insecure-modules"]);
        Assert.Contains("warning KU-2025", accepted.Error);
    }

    [Fact]
    public async Task Is_shown_with_its_modules()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        File.SetUnixFileMode(Path.Combine(installation.DropFolder, "V1_001.dll"), Everybody);

        var result = await installation.RunAsync("modules");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["KU-2025"], Refusal.Codes(result));
    }

    [Fact]
    public async Task Says_so_loudly_in_JSON_too()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        File.SetUnixFileMode(installation.DropFolder, Everybody);

        var result = await installation.SucceedsAsync("--json", "--allow-insecure-modules");

        Assert.Contains("warning KU-2025", result.Error);
    }
}
