using Npgsql;
using PluginUpgrade.FaultTests.Proxies;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>Interrupts side-by-side upgrades, and checks what each interruption and the same command after it leave.</summary>
internal static class SwapFaults
{
    /// <summary>Cuts the connection at one message after the other, until a run comes to its end uncut.</summary>
    /// <param name="onlyExchange">Only at the messages of the exchange.</param>
    /// <param name="crashes">Whether the server crashes at that moment.</param>
    public static async Task CutAsync(
        ITestOutputHelper output, string module, CutMode mode, bool ofServer, bool onlyExchange, bool crashes, TestServer at,
        bool isDatabase = false)
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

    public static async Task CheckAsync(Suite suite, SwapTrial trial, string where)
    {
        await trial.UntilFreeAsync();
        foreach (var wrong in await trial.CheckAsync(isDone: false)) suite.Violation($"{where}, interrupted", wrong);
        var again = await trial.ResumeAsync();
        if (again.ExitCode != 0) suite.Violation(where, $"I7: {again}");
        foreach (var wrong in await trial.CheckAsync(isDone: true)) suite.Violation($"{where}, resumed", $"{wrong}\n{again}");
    }
}
