using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F18: while the host upgrades, an application locks the same tables: for a while, in the order that makes a deadlock, or idle in a
/// transaction until the run is over. Others that only want to read are asked how long they had to wait.
/// </summary>
public class ALockStorm(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Begun = ["--to", "1.001"];
    private static readonly string[] Command = ["--to", "1.006"];
    private static readonly string[] Schemas = ["acme", "globex", "initech"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 100, release: 300);
    private readonly ConcurrentBag<double> _waits = [];
    private Suite _suite = null!;

    [Fact]
    public async Task F18_ends_and_leaves_nothing_that_the_same_command_does_not_finish()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F18", _plan, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        await using var begun = await template.CopyAsync(cancellation);
        var first = await begun.RunAsync(Begun);
        Assert.True(first.ExitCode == 0, $"{first}");

        await Parallel.ForEachAsync(
            Enumerable.Range(0, _plan.Count), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation },
            async (trial, token) => await TrialAsync(template, begun, trial, token));

        var waits = _waits.Order().ToList();
        output.WriteLine($"{waits.Count} readers waited, median {waits[waits.Count / 2]:0} ms, p99 {waits[waits.Count * 99 / 100]:0} ms");
        _suite.End(_plan.Count, _plan.Count);
    }

    private async Task TrialAsync(FleetTemplate template, Fleet begun, int trial, CancellationToken cancellationToken)
    {
        var random = _plan.RandomOf(trial);
        await using var fleet = await template.CopyAsync(cancellationToken, like: begun);
        fleet.Settings["Run"] = new JsonObject { ["Parallel"] = 3, ["LockTimeout"] = "00:00:00.4" };
        var kind = random.Next(3);
        ProgramEnd end;
        using (var calm = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            var database = fleet.Databases[0];
            List<Task> storm = [.. Schemas.Select(schema => ReadAsync(database, schema, calm.Token))];
            foreach (var schema in Schemas)
                storm.Add(kind switch
                {
                    0 => HoldAsync(database, schema, new Random(random.Next()), calm.Token),
                    1 => EmbraceAsync(database, schema, new Random(random.Next()), calm.Token),
                    _ => random.Next(2) == 0 ? IdleAsync(database, schema, calm.Token) : Task.CompletedTask,
                });
            end = await fleet.RunAsync(Command);
            await calm.CancelAsync();
            await Task.WhenAll(storm);
        }
        string[] kinds = ["holding locks for a while", "deadlocks", "idle in a transaction"];
        await CheckAsync("in the storm");
        _suite.Count($"{kinds[kind]}: exit code {end.ExitCode}");
        _suite.Count("retries", end.Error.Split(": attempt ").Length - 1);
        _suite.Count("retries that name who was in the way", end.Error.Split("It waited for storm").Length - 1);
        if (end.ExitCode is not (0 or 1)) _suite.Violation($"trial {trial}, {kinds[kind]}", $"{end}");

        end = await fleet.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation($"trial {trial}, {kinds[kind]}", $"I7: one more run did not suffice: {end}");
        await CheckAsync("resumed");

        async Task CheckAsync(string when)
        {
            foreach (var violation in await fleet.CheckAsync(end, cancellationToken))
                _suite.Violation($"trial {trial}, {kinds[kind]}, {when}", $"{violation}\n{end}");
        }
    }

    /// <summary>Locks the table, again and again, for longer and shorter than the host has patience.</summary>
    private static Task HoldAsync(string database, string schema, Random random, CancellationToken end) =>
        StormAsync(database, async storm =>
        {
            await SendAsync(storm, $"BEGIN; LOCK TABLE {schema}.effect IN ACCESS EXCLUSIVE MODE", end);
            await Task.Delay(random.Next(10, 900), end);
            await SendAsync(storm, "COMMIT", end);
            await Task.Delay(random.Next(0, 300), end);
        }, end);

    /// <summary>A step writes to effect and then to counter: the other order.</summary>
    private static Task EmbraceAsync(string database, string schema, Random random, CancellationToken end) =>
        StormAsync(database, async storm =>
        {
            await SendAsync(storm, $"BEGIN; SET LOCAL deadlock_timeout = '{random.Next(10, 300)}ms'; " +
                $"LOCK TABLE {schema}.counter IN EXCLUSIVE MODE", end);
            await Task.Delay(random.Next(0, 60), end);
            await SendAsync(storm, $"LOCK TABLE {schema}.effect IN EXCLUSIVE MODE", end);
            await SendAsync(storm, "COMMIT", end);
        }, end);

    private static Task IdleAsync(string database, string schema, CancellationToken end) =>
        StormAsync(database, async storm =>
        {
            await SendAsync(storm, $"BEGIN; LOCK TABLE {schema}.counter IN SHARE MODE", end);
            await Task.Delay(Timeout.Infinite, end);
        }, end);

    private async Task ReadAsync(string database, string schema, CancellationToken end) =>
        await StormAsync(database, async storm =>
        {
            var start = Stopwatch.GetTimestamp();
            await SendAsync(storm, $"SELECT count(*) FROM {schema}.effect", end);
            _waits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(20, end);
        }, end);

    /// <summary>Does it until the end, on one session. What deadlocks and lock timeouts end is begun anew.</summary>
    private static async Task StormAsync(string database, Func<NpgsqlConnection, Task> blow, CancellationToken end)
    {
        var address = new NpgsqlConnectionStringBuilder(database) { ApplicationName = "storm", Pooling = false };
        await using var storm = new NpgsqlConnection(address.ConnectionString);
        await storm.OpenAsync(CancellationToken.None);
        while (!end.IsCancellationRequested)
            try
            {
                await blow(storm);
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
            catch (PostgresException)
            {
                await SendAsync(storm, "ROLLBACK", CancellationToken.None);
            }
    }

    private static async Task SendAsync(NpgsqlConnection storm, string sql, CancellationToken end)
    {
        await using var command = new NpgsqlCommand(sql, storm);
        await command.ExecuteNonQueryAsync(end);
    }
}
