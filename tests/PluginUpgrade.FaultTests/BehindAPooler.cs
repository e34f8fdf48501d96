using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>F11: a real pgbouncer between the host and the server. Lending sessions by transaction or statement, it is refused.</summary>
public class BehindAPooler(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["--to", "1.006"];
    private static readonly string[] Refused = ["transaction", "statement", "transaction"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 10, release: 20);

    [Fact]
    public async Task F11_transaction_pooling_is_refused_and_session_pooling_works()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var suite = new Suite("F11", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        for (var trial = 0; trial < _plan.Count; trial++)
        {
            var random = _plan.RandomOf(trial);
            var mode = trial % 2 == 1 ? "session" : Refused[_plan.KindOf(trial / 2, Refused.Length)];
            await using var fleet = await template.CopyAsync(cancellation);
            var size = mode == "session" ? random.Next(10, 20) : random.Next(1, 20);
            string[] settings = [$"server_round_robin = {random.Next(2)}", $"default_pool_size = {size}"];
            var direct = fleet.Settings["Installation"]!["Database"]!.GetValue<string>();
            ProgramEnd end;
            await using (var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), mode, settings))
            {
                fleet.Settings["Installation"]!["Database"] = bouncer.To(direct);
                end = await fleet.RunAsync(Command);
            }
            await CheckAsync(end, mode == "session" ? 0 : 2);
            if (mode != "session" && !end.Error.Contains("KU-3010", StringComparison.Ordinal)) Report("refused without KU-3010", end);

            fleet.Settings["Installation"]!["Database"] = direct;
            await CheckAsync(await fleet.RunAsync(Command), 0);
            suite.Count($"in {mode} mode");

            async Task CheckAsync(ProgramEnd now, int code)
            {
                foreach (var violation in await fleet.CheckAsync(now, cancellation)) Report($"{violation}", now);
                if (now.ExitCode != code) Report($"exit code {now.ExitCode}, not {code}", now);
            }

            void Report(string what, ProgramEnd now) =>
                suite.Violation($"trial {trial}, {mode}, {string.Join(", ", settings)}", $"{what}\n{now}");
        }
        suite.End(_plan.Count, _plan.Count);
    }
}
