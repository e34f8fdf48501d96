using Npgsql;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// F12: a side-by-side upgrade that is interrupted at each of its statements. Always exactly one live schema, whole, of one side; and the
/// same command continues, begins again, or finds it done.
/// </summary>
public class ASwapThroughFaults(TestServer server, ITestOutputHelper output)
{
    /// <summary>Points that only a side-by-side upgrade passes.</summary>
    private static readonly string[] Labels =
    [
        "drain not committed", "fence locked", "fence raised", "build place free", "next schema there", "build claimed", "built",
        "right copied", "verified", "swap locked", "swap statement", "live renamed", "next renamed", "swap sealed", "swap not committed",
        "swap committed",
    ];

    private static readonly string[] LabelsOfFollowing =
        ["capture begun", "batch not committed", "changes not committed", "caught up", "caught up finally", "swap committed"];

    [Fact]
    public Task F12_a_kill_at_each_point_leaves_one_live_schema() => EndAtAsync("Beside", Labels);

    [Fact]
    public Task F12_a_kill_at_each_point_of_catching_up_leaves_one_live_schema() => EndAtAsync("BesideFollowing", LabelsOfFollowing);

    private async Task EndAtAsync(string module, string[] labels)
    {
        var suite = new Suite("F12", 0, output);
        await using var trial = await SwapTrial.CreateAsync(server, module);
        foreach (var label in labels)
        {
            await trial.BeginAnewAsync();
            using var directory = new TempDirectory();
            var file = Path.Combine(directory.Root, "ended");
            var end = await trial.UpgradeAsync(new Dictionary<string, string?>
            {
                ["KRANG_END_LABEL"] = label,
                ["KRANG_END_AT"] = "1",
                ["KRANG_END_FILE"] = file,
            });
            if (!File.Exists(file)) suite.Violation(label, $"The point was not passed: {end}");
            else suite.Count("ended");
            await CheckAsync(suite, trial, label);
        }
        suite.End(labels.Length, suite["ended"]);
    }

    /// <summary>Above all the answers of the exchange; at night each message of the whole run.</summary>
    [Theory]
    [InlineData("Beside", CutMode.BeforeReply, false, true)]
    [NightlyData("Beside", CutMode.Before, false, true)]
    [NightlyData("BesideFollowing", CutMode.BeforeReply, false, false)]
    [NightlyData("Beside", CutMode.BeforeReply, false, false)]
    [NightlyData("Beside", CutMode.Before, true, false)]
    public Task F12_a_cut_at_each_message_leaves_one_live_schema(string module, CutMode mode, bool ofServer, bool onlyExchange) =>
        CutAsync(module, mode, ofServer, onlyExchange, crashes: false, server);

    [Theory]
    [NightlyData("Beside", true)]
    [NightlyData("AcrossDatabases", true)]
    [NightlyData("Beside", false)]
    public Task F12_a_cut_at_each_message_leaves_one_live_database(string module, bool onlyExchange) =>
        CutAsync(module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: false, server, isDatabase: true);

    [Theory]
    [NightlyData("Beside", true)]
    [NightlyData("AcrossDatabases", false)]
    public async Task F12_a_crash_of_the_server_at_each_message_leaves_one_live_database(string module, bool onlyExchange)
    {
        await using var own = new TestServer { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };
        await CutAsync(module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: true, own, isDatabase: true);
    }

    /// <summary>The server crashes and recovers while one of its answers is on the way.</summary>
    [Theory]
    [InlineData("Beside", true)]
    [NightlyData("BesideFollowing", false)]
    public async Task F12_a_crash_of_the_server_at_each_message_leaves_one_live_schema(string module, bool onlyExchange)
    {
        await using var own = new TestServer { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } };
        await CutAsync(module, CutMode.BeforeReply, ofServer: false, onlyExchange, crashes: true, own);
    }

    private async Task CutAsync(
        string module, CutMode mode, bool ofServer, bool onlyExchange, bool crashes, TestServer at, bool isDatabase = false)
    {
        var suite = new Suite("F12", 0, output);
        await using var trial = await SwapTrial.CreateAsync(at, module, isDatabase);
        var socket = new NpgsqlConnectionStringBuilder(await at.CreateDatabaseAsync());
        var answers = mode == CutMode.BeforeReply;
        var first = onlyExchange && answers ? await FirstAsync(trial, socket.Host!, socket.Port, new CutAt(1, mode, ofServer)) : 1;
        for (var number = first; ; number++)
        {
            await trial.BeginAnewAsync();
            string where;
            await using (var proxy = new CuttingProxy(
                socket.Host!, socket.Port, new CutAt(number, mode, ofServer), onlyExchange && !answers ? IsOfExchange : null))
            {
                trial.Connect(proxy);
                var run = trial.UpgradeAsync();
                if (crashes)
                {
                    while (proxy.CutMessage is null && !run.IsCompleted) await Task.Delay(2, TestContext.Current.CancellationToken);
                    if (proxy.CutMessage is not null) await at.CrashBackendAsync();
                    NpgsqlConnection.ClearAllPools();
                }
                var end = await run;
                where = $"{number}: {proxy.CutMessage}";
                if (proxy.CutMessage is null)
                {
                    if (end.ExitCode != 0) suite.Violation($"uncut at {number}", end);
                    break;
                }
                suite.Count("cut");
                suite.Count($"then the run ended with exit code {end.ExitCode}");
                if (end.ExitCode is not (0 or 1 or 2)) suite.Violation(where, end);
            }
            trial.Connect(null);
            await CheckAsync(suite, trial, where);
        }
        Assert.True(suite["cut"] >= (onlyExchange ? 4 : 50), $"only {suite["cut"]} messages were met");
        suite.End(suite["cut"], suite["cut"]);
    }

    private static bool IsOfExchange(ProtocolMessage message) => Exchanging.Any(
        text => message.Statement.Contains(text, StringComparison.Ordinal));

    private static readonly string[] Exchanging = ["ALTER SCHEMA", "LOCK TABLE", "COMMENT ON SCHEMA", "COMMIT"];

    /// <summary>The number of the first answer that is lost: the exchange is among the last ones of a run.</summary>
    private static async Task<int> FirstAsync(SwapTrial trial, string socket, int port, CutAt cut)
    {
        await trial.BeginAnewAsync();
        await using var proxy = new CuttingProxy(socket, port, cut with { At = int.MaxValue });
        trial.Connect(proxy);
        var end = await trial.UpgradeAsync();
        Assert.True(end.ExitCode == 0, $"{end}");
        return proxy.Counted - AnswersOfExchange;
    }

    /// <summary>From the locks to the COMMIT, and a few before and after.</summary>
    private const int AnswersOfExchange = 22;

    private static async Task CheckAsync(Suite suite, SwapTrial trial, string where)
    {
        await trial.UntilFreeAsync();
        foreach (var wrong in await trial.CheckAsync(isDone: false)) suite.Violation($"{where}, interrupted", wrong);
        var again = await trial.ResumeAsync();
        if (again.ExitCode != 0) suite.Violation(where, $"I7: {again}");
        foreach (var wrong in await trial.CheckAsync(isDone: true)) suite.Violation($"{where}, resumed", $"{wrong}\n{again}");
    }
}
