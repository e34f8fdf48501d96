using System.Text.Json.Nodes;

namespace PluginUpgrade.FaultTests.Modules;

/// <summary>An installation with the modules of tests/Modules/Misbehaving: V1_002 does what it is told to, V1_003 looks at that.</summary>
internal static class Misbehaviour
{
    public static readonly string[] NothingDone = ["1.001 done V1_001"];
    public static readonly string[] AllDone = ["1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003"];

    public static async Task<TestInstallation> CreateAsync(TestServer server, string what, params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances is [] ? ["acme"] : instances);
        installation.DropBuilt(BuiltFiles.TestModule("Misbehaving"), "Misbehaving");
        installation.Tell(what);
        Assert.Equal(0, (await installation.RunAsync("--to", "1.001")).ExitCode);
        return installation;
    }

    /// <summary>What V1_002 is to do.</summary>
    public static void Tell(this TestInstallation installation, string what, string? only = null) =>
        installation.Settings["Modules"] = new JsonObject { ["V1_002"] = new JsonObject { ["Do"] = what, ["Only"] = only } };

    public static Task<HostResult> UpgradeAsync(this TestInstallation installation) => installation.RunAsync("--to", "1.003");

    public static Task<List<string>> StoryAsync(this TestInstallation installation, string instance = "acme") =>
        installation.QueryAsync($"SELECT told FROM {instance}.story ORDER BY ctid");

    /// <summary>The first column of V1_003's look at its session.</summary>
    public static async Task<string> SessionAsync(this TestInstallation installation, string column, string instance = "acme") =>
        Assert.Single(await installation.QueryAsync($"SELECT {column} FROM {instance}.session"));

    /// <summary>The step failed, nothing of it is kept, and with its cause dealt with the same command goes on.</summary>
    public static async Task FailsAndResumesAsync(this TestInstallation installation, HostResult result, string code)
    {
        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains(code, result.Error);
        Assert.Equal([.. NothingDone, "1.002 failed V1_002"], await installation.JournalAsync("acme"));
        Assert.Empty(await installation.StoryAsync());
        installation.Tell("nothing");
        var resumed = await installation.UpgradeAsync();
        Assert.True(resumed.ExitCode == 0, $"{resumed}");
        Assert.Equal(AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(["first"], await installation.StoryAsync());
    }
}
