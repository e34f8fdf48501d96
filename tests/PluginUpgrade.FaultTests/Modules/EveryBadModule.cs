using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Modules;

/// <summary>What becomes of a step whose module misbehaves.</summary>
/// <param name="Do">As tests/Modules/Misbehaving understands it.</param>
/// <param name="ExitCode">134: the runtime ended the process.</param>
/// <param name="Code">Told on standard error; the runtime's own words where the process ends.</param>
/// <param name="State">The step's in the journal: null where it has no row, as the process had no time to write one.</param>
public sealed record BadModule(string Do, int ExitCode, string Code, string? State);

/// <summary>F19: every kind of bad module, and what it is classified as.</summary>
public class EveryBadModule(TestServer server, ITestOutputHelper output)
{
    private const string Torn = "running", Failed = "failed", Done = "done";

    private static readonly BadModule[] Kinds =
    [
        new("nothing", 0, "", Done),
        new("throw", 1, "KU-5002", Failed),
        new("null", 1, "KU-5002", Failed),
        new("SELECT 1 / 0", 1, "KU-5002", Failed),
        new("swallow", 1, "KU-5003", Failed),
        new("begin", 1, "KU-5002", Failed),
        new("reader", 1, "KU-5027", Failed),
        new("forget", 1, "KU-5027", Failed),
        new("close", 1, "KU-5005", Failed),
        new("dispose", 1, "KU-5005", Failed),
        new("SELECT pg_terminate_backend(pg_backend_pid())", 1, "KU-5005", Failed),
        new("COMMIT", 1, "KU-5004", Torn),
        new("COMMIT; BEGIN; INSERT INTO acme.story VALUES ('second')", 1, "KU-5004", Torn),
        new("COMMIT; SELECT 1 / 0", 1, "KU-5004", Torn),
        new("commit, throw", 1, "KU-5004", Torn),
        new("commit, begin, throw", 1, "KU-5004", Torn),
        new("ROLLBACK", 1, "KU-5004", Torn),
        new("ROLLBACK; INSERT INTO acme.story VALUES ('second')", 1, "KU-5004", Torn),
        new("ROLLBACK; BEGIN; INSERT INTO acme.story VALUES ('second')", 1, "KU-5004", Torn),
        new("reopen", 1, "KU-5004", Torn),
        new("commit, close", 1, "KU-5004", Torn),
        new("rollback, throw", 1, "KU-5004", Torn),
        new("ROLLBACK; INSERT INTO acme.story VALUES ('kept'); BEGIN; SELECT 1 / 0", 1, "KU-5004", Torn),
        new("rollback, begin, swallow", 1, "KU-5004", Torn),
        new("ROLLBACK AND CHAIN; SELECT 1 / 0", 1, "KU-5004", Torn),
        new("PREPARE TRANSACTION 'misbehaving'", 1, "KU-5004", Torn),
        new("SAVEPOINT mine; RELEASE mine", 0, "", Done),
        new("SET ROLE pg_monitor", 0, "", Done),
        new("own connection", 1, "KU-5002", Failed),
        new("leak", 0, "", Done),
        new("foreground thread", 0, "", Done),
        new("hang", 1, "KU-5023", Failed),
        new("half", 1, "KU-5023", Failed),
        new("sleep in the server", 1, "KU-5023", Failed),
        new("sleep in the server, deaf", 1, "KU-5023", Failed),
        new("never", 1, "KU-5024", Failed),
        new("sleep", 1, "KU-5024", Failed),
        new("spin", 1, "KU-5024", Failed),
        new("exit", 1, "KU-5025", null),
        new("exit 130", 1, "KU-5025", null),
        new("thread", 1, "KU-5026", null),
        new("fail fast", 134, "on purpose", null),
        new("overflow", 134, "Stack overflow", null),
        new("memory", 1, "OutOfMemoryException", Failed),
    ];

    private static BadModule[] Deadly => [.. Kinds.Where(kind => kind.State is null || kind.Do == "memory")];

    private static BadModule[] Survived => [.. Kinds.Except(Deadly)];

    /// <summary>
    /// Those that the process survives in one run, each on an instance of its own, beside a good one; the others in a run each.
    /// </summary>
    [Fact]
    public async Task F19_is_classified_harms_no_other_instance_and_is_run_again()
    {
        var suite = new Suite("F19", seed: 0, output);
        // A run and what mends it for each: for every commit a call that ends the process, and what the runtime cannot survive.
        var deadly = Deadly.Where(kind => Tier.IsNightly || kind.Do is "exit" or "overflow").ToList();
        BadModule[][] runs = [Survived, .. deadly.Select(kind => (BadModule[])[kind])];
        var two = new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(runs, two, async (kinds, _) => await new BadRun(server, kinds, suite).RunAsync());
        suite.End(runs.Sum(run => run.Length), runs.Sum(run => run.Length));
    }

    /// <summary>One run of the program over instances whose modules misbehave, and the runs that mend it.</summary>
    private sealed class BadRun(TestServer server, BadModule[] kinds, Suite suite)
    {
        private const string Good = "good";

        private readonly Dictionary<string, BadModule> _instances =
            kinds.Select((kind, i) => ($"i{i}", kind)).ToDictionary(pair => pair.Item1, pair => pair.kind);

        public async Task RunAsync()
        {
            await using var installation = await Misbehaviour.CreateAsync(server, "nothing", [.. _instances.Keys, Good]);
            await installation.ExecuteAsync("CREATE TABLE public.own (told text)");
            installation.Settings["Modules"]!["V1_002"] = new JsonObject
            {
                ["DoOn"] = new JsonObject(_instances.Select(i => KeyValuePair.Create(i.Key, (JsonNode?)i.Value.Do.Replace("acme", i.Key)))),
                ["Connection"] = installation.Database,
            };
            installation.Settings["Run"] = new JsonObject
            {
                ["Parallel"] = 50,
                ["StepTimeouts"] = new JsonObject { ["V1_002"] = "00:00:15" },
            };
            await FailAsync(installation);
            await MendAsync(installation);
        }

        private async Task FailAsync(TestInstallation installation)
        {
            // So that eating memory ends before the machine's is eaten.
            var limit = kinds is [{ Do: "memory" }] ? "0x8000000" : null;
            using var host = installation.Start(["--to", "1.003"], new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = limit });
            var result = await host.EndAsync();
            var expected = kinds.Max(kind => kind.ExitCode);
            if (result.ExitCode != expected) Violation("the run", $"the exit code is not {expected}: {result}");
            if (expected != 134 && result.Error.Contains("   at ", StringComparison.Ordinal))
                Violation("the run", "a stack trace is shown");
            foreach (var (instance, kind) in _instances)
            {
                suite.Count(kind.State is null ? "the process ended" : $"journal: {kind.State}");
                var lines = kinds.Length == 1 ? result.Error
                    : string.Join('\n', result.Error.Split('\n').Where(line => line.Contains($" {instance}", StringComparison.Ordinal)));
                if (!lines.Contains(kind.Code, StringComparison.Ordinal)) Violation(kind.Do, $"it is not told as {kind.Code}: {lines}");
                string[] journal = kind.State switch
                {
                    null => Misbehaviour.NothingDone,
                    Done => Misbehaviour.AllDone,
                    _ => [.. Misbehaviour.NothingDone, $"1.002 {kind.State} V1_002"],
                };
                await ExpectAsync(installation, kind.Do, journal, instance);
                if (kind.State is Failed or null && await installation.StoryAsync(instance) is not [])
                    Violation(kind.Do, "something of the step was kept");
            }
            if (kinds.All(kind => kind.State is not null)) await ExpectAsync(installation, Good, Misbehaviour.AllDone, Good);
        }

        private async Task MendAsync(TestInstallation installation)
        {
            var torn = _instances.Where(instance => instance.Value.State == Torn).Select(instance => instance.Key).ToList();
            installation.Tell("nothing");
            if (torn.Count > 0)
            {
                var refused = await installation.UpgradeAsync();
                if (refused.ExitCode != 2 || !refused.Error.Contains("KU-4006", StringComparison.Ordinal))
                    Violation("torn", $"not refused: {refused}");
                var (_, status) = await installation.RunJsonAsync("status", torn[0]);
                if ($"{status["targets"]![0]!["status"]}" != "torn") Violation("torn", $"the status is {status}");
                if ((await installation.RunAsync("reset", torn[0])).ExitCode != 2) Violation("torn", "reset does not ask");
                foreach (var instance in torn)
                    await installation.ExecuteAsync($"TRUNCATE {instance}.story; DROP TABLE IF EXISTS {instance}.made");
                await Parallel.ForEachAsync(torn, async (instance, _) =>
                {
                    var reset = await installation.RunAsync("reset", instance, "--yes");
                    if (reset.ExitCode != 0) Violation(instance, $"it is not reset: {reset}");
                });
            }
            var resumed = await installation.UpgradeAsync();
            if (resumed.ExitCode != 0) Violation("the next run", $"it does not go on: {resumed}");
            foreach (var instance in _instances.Keys.Append(Good))
            {
                var what = _instances.TryGetValue(instance, out var kind) ? kind.Do : Good;
                await ExpectAsync(installation, what, Misbehaviour.AllDone, instance);
                if (await installation.StoryAsync(instance) is not ["first"]) Violation(what, "the step is not there exactly once");
            }
        }

        private void Violation(string kind, string what) => suite.Violation(kind, what);

        private async Task ExpectAsync(TestInstallation installation, string kind, string[] expected, string instance)
        {
            var found = await installation.JournalAsync(instance);
            if (!expected.SequenceEqual(found)) Violation(kind, $"the journal of {instance} says: {string.Join(", ", found)}");
        }
    }
}
