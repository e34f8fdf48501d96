using System.Reflection.Emit;
using System.Text.Json.Nodes;

namespace PluginUpgrade.FaultTests.Modules;

public class AModuleThatDoesNotEnd(TestServer server)
{
    /// <summary>The module has claimed its step and is at it: nothing else of the host's has a transaction open for long.</summary>
    private const string AtWork = """
        SELECT 1 FROM pg_stat_activity
        WHERE state = 'idle in transaction' AND application_name LIKE 'krang-upgrade%' AND datname = current_database()
          AND (query LIKE '%CREATE TABLE made%' OR query LIKE '%half%')
        """;

    [Theory]
    [NightlyData("sleep")]
    [InlineData("spin")]
    [NightlyData("half")]
    public async Task Does_not_keep_the_host_after_the_second_signal(string what)
    {
        await using var installation = await Misbehaviour.CreateAsync(server, what);
        using var host = installation.Start("--to", "1.003");
        await installation.WaitAsync(AtWork);

        host.Signal("INT");
        await host.SaysAsync("Stopping");
        host.Signal("INT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Equal(Misbehaviour.NothingDone, await installation.JournalAsync("acme"));
        Assert.Empty(await installation.StoryAsync());
        installation.Tell("nothing");
        Assert.Equal(0, (await installation.UpgradeAsync()).ExitCode);
        Assert.Equal(["first"], await installation.StoryAsync());
    }

    [Fact]
    public async Task Outside_a_transaction_is_cancelled_too()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "SELECT pg_sleep(600)" });
        installation.Settings["Run"] = new JsonObject { ["StepTimeout"] = "00:00:00.5" };

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(["KU-5023"], Refusal.Codes(result));
        Assert.Equal(["1.001 failed V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task A_constructor_that_does_not_end_is_refused_before_anything_changes()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002") with { Constructor = Sleeping });
        installation.Settings["Run"] = new JsonObject { ["StepTimeout"] = "00:00:02" };

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-2026"], Refusal.Codes(result));
        Assert.Empty(await installation.JournalAsync());
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task The_process_says_so_in_JSON_when_a_module_ends_it()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "exit");

        var (exitCode, document) = await installation.RunJsonAsync("--to", "1.003");

        Assert.Equal(1, exitCode);
        Assert.Equal("KU-5025", $"{document["problems"]![0]!["code"]}");
        Assert.Equal("V1_002 on acme", $"{document["problems"]![0]!["subject"]}");
    }

    private static void Sleeping(ILGenerator il)
    {
        il.Emit(OpCodes.Ldc_I4_M1);
        il.Emit(OpCodes.Call, typeof(Thread).GetMethod(nameof(Thread.Sleep), [typeof(int)])!);
    }
}
