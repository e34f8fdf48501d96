using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class SettingsInLayers(TestServer server)
{
    private static readonly Dictionary<string, string?> Staging = new() { ["KRANG_ENVIRONMENT"] = "staging" };

    [Fact]
    public async Task The_file_of_the_environment_lies_over_the_file()
    {
        await using var installation = await TellingAsync();
        Layer(installation, "file of staging");

        Assert.Equal("file of staging", await WordAsync(installation, Staging));
    }

    [Fact]
    public async Task Environment_variables_lie_over_the_files()
    {
        await using var installation = await TellingAsync();
        Layer(installation, "file of staging");

        Assert.Equal("variable", await WordAsync(installation, new(Staging) { ["KRANG_Modules__V3_001__Word"] = "variable" }));
    }

    [Fact]
    public async Task The_command_line_lies_over_all()
    {
        await using var installation = await TellingAsync();
        Layer(installation, "file of staging");

        var word = await WordAsync(installation, new(Staging) { ["KRANG_Modules__V3_001__Word"] = "variable" },
            "--Modules:V3_001:Word=command line");

        Assert.Equal("command line", word);
    }

    [Fact]
    public async Task An_environment_without_a_file_is_warned_of()
    {
        await using var installation = await TellingAsync();
        using var host = installation.Start([], Staging);

        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("warning KU-1003 ", result.Error);
        Assert.Contains("'staging'", result.Error);
    }

    [Fact]
    public async Task A_mistake_in_any_layer_is_told_with_the_layer()
    {
        await using var installation = await TellingAsync();
        using var host = installation.Start(
            ["--Run:LockTimeout=soon"], new Dictionary<string, string?> { ["KRANG_Run__Parallel"] = "many" });

        var result = await host.EndAsync();

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["KU-1005", "KU-1005"], Refusal.Codes(result));
        Assert.Contains("Run:Parallel: The value (environment variable KRANG_Run__Parallel)", result.Error);
        Assert.Contains("Run:LockTimeout: The value (command line)", result.Error);
    }

    [Fact]
    public async Task A_variable_that_limits_how_many_run_side_by_side_is_obeyed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "i1", "i2");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var host = installation.Start([], new Dictionary<string, string?> { ["KRANG_Run__Parallel"] = "1" });
        await Gate.ReachedAsync(installation, host);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Single(await Gate.WaitingAsync(installation));
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task The_settings_and_the_modules_may_lie_elsewhere()
    {
        await using var installation = await TellingAsync();
        var elsewhere = Directory.CreateDirectory(Path.Combine(installation.Root, "elsewhere")).FullName;
        Directory.Move(installation.DropFolder, Path.Combine(elsewhere, "modules"));
        installation.WriteSettings();
        File.Move(Path.Combine(installation.Root, "krang-upgrade.json"), Path.Combine(elsewhere, "own.json"));
        using var host = HostProcess.Start(
        [
            "--root", installation.Root, "--config", Path.Combine(elsewhere, "own.json"), "--modules", Path.Combine(elsewhere, "modules"),
        ]);

        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["3.001 done V3_001"], await installation.JournalAsync("acme"));
    }

    private async Task<TestInstallation> TellingAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Telling"), "Telling");
        installation.Settings["Modules"] = new JsonObject { ["V3_001"] = new JsonObject { ["Word"] = "file" } };
        return installation;
    }

    private static void Layer(TestInstallation installation, string word) => File.WriteAllText(
        Path.Combine(installation.Root, "krang-upgrade.staging.json"), $$"""{ "Modules": { "V3_001": { "Word": "{{word}}" } } }""");

    private static async Task<string> WordAsync(
        TestInstallation installation, Dictionary<string, string?> environment, params string[] arguments)
    {
        using var host = installation.Start(arguments, environment);
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        return Assert.Single(await installation.QueryAsync("SELECT value FROM acme.told WHERE key = 'word'"));
    }
}
