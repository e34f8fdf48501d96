using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Modules;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// Suites that cannot fail prove nothing: each of these defects is put into the host (tests/FaultyHost/SeededFault.cs), and a suite's own
/// drill must catch it.
/// </summary>
public class SeededDefects(TestServer server, ITestOutputHelper output)
{
    [Nightly]
    [Theory]
    [InlineData("journal in a second transaction", "step not committed")]
    [InlineData("forget files first", "step not committed")]
    [InlineData("undo committed files", "step committed")]
    [InlineData("no recovery of files", "module returned")]
    [InlineData("no verification", "outside step done")]
    [InlineData("cursor in a second transaction", "cursor not written")]
    [InlineData("client's clock", "step committed")]
    [InlineData("no redaction", "run locked")]
    public async Task Are_caught_where_the_host_ends(string defect, string label)
    {
        var template = await FleetTemplate.MakeSmallAsync(server, TestContext.Current.CancellationToken);
        await IsCaughtAsync(defect, suite => EndingTheHostEverywhere.EndEverywhereAsync(template, suite, defect, label));
    }

    [Nightly]
    [Theory]
    [InlineData("believe in every COMMIT", CutMode.Before)]
    [InlineData("believe in no COMMIT", CutMode.BeforeReply)]
    public async Task Are_caught_where_the_connection_is_cut(string defect, CutMode mode)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var template = await FleetTemplate.MakeSmallAsync(server, cancellation);
        await IsCaughtAsync(defect, async suite =>
        {
            for (var at = 1; !suite.HasViolations && await CutAsync(suite, new CutAt(at, mode, OfServer: false)); at++) ;
        });

        async Task<bool> CutAsync(Suite suite, CutAt at)
        {
            await using var fleet = await template.CopyAsync(cancellation);
            var socket = new NpgsqlConnectionStringBuilder(fleet.Databases[0]);
            // COMMIT goes with the seal: at whichever message of the two.
            await using var proxy = new CuttingProxy(socket.Host!, socket.Port, at, message => message.Statement.Contains("sealed AS")
                || message.Statement == "COMMIT" || mode == CutMode.BeforeReply);
            fleet.Narrow("acme", $"Host=127.0.0.1;Port={proxy.Port}", "V1_002");
            using var host = fleet.StartFaulty(new Dictionary<string, string?> { ["KRANG_DEFECT"] = defect }, "--to", "1.002");
            var end = await Fleet.EndAsync(host);
            foreach (var violation in await fleet.CheckAsync(end, cancellation)) suite.Violation($"{at}", violation);
            return proxy.CutMessage is not null;
        }
    }

    /// <summary>What F19 asks of each kind of bad module.</summary>
    [Theory]
    [NightlyData("seal first", "swallow", "KU-5003")]
    [InlineData("seal without a guard", "COMMIT", "KU-5004")]
    public async Task Are_caught_by_modules_that_misbehave(string defect, string what, string code)
    {
        await using var installation = await Misbehaviour.CreateAsync(server, what);
        var sound = await installation.UpgradeAsync();
        Assert.Contains(code, sound.Error);

        await using var defective = await Misbehaviour.CreateAsync(server, what);
        defective.Defect = defect;
        var result = await defective.UpgradeAsync();

        Assert.DoesNotContain(code, result.Error);
    }

    [Nightly]
    [Fact]
    public async Task A_session_that_is_not_reset_is_caught_by_the_next_step()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "SET statement_timeout = '1h'");
        installation.Defect = "session as it was left";

        await installation.UpgradeAsync();

        Assert.NotEqual("0", await installation.SessionAsync("statement_timeout"));
    }

    [Nightly]
    [Fact]
    public async Task A_lock_that_blocks_is_caught_by_a_deadlock() =>
        Assert.NotEmpty(await WaitingForALock.DeadlocksAsync(server, "blocking lock"));

    [Theory]
    [InlineData(null, 2)]
    [InlineData("no lock", 1)]
    public async Task A_missing_lock_is_caught_by_a_second_host_that_is_not_refused(string? defect, int exitCode)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Defect = defect;
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:00.3" };
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var first = installation.Start("upgrade", "acme");
        await Gate.ReachedAsync(installation, first);

        var second = await installation.RunAsync("upgrade", "acme");

        Assert.True(second.ExitCode == exitCode, $"{second}");
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        // Even so the journal's primary key has let one of the two in, and no more.
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Theory]
    [InlineData(null, new string[0])]
    [InlineData("hold nothing back", new[] { "V1_002" })]
    public async Task Stages_that_do_not_wait_are_caught_by_the_installations_step(string? defect, string[] calls)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Defect = defect;
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "SELECT 1 / 0" }, Sample.ForInstallation("V1_002"));

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Equal(calls, await installation.CallsAsync("public"));
    }

    private async Task IsCaughtAsync(string defect, Func<Suite, Task> drill)
    {
        var suite = new Suite($"defect: {defect}", 0, output);
        await drill(suite);
        Assert.True(suite.HasViolations, $"'{defect}' was not caught");
        output.WriteLine($"caught: {suite.FirstViolation}");
    }
}
