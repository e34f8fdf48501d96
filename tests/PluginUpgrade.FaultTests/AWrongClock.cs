using Npgsql;
using PluginUpgrade.FaultTests.Trials;
using PluginUpgrade.Planning;
using PluginUpgrade.Reports;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F20: the host's clock is a day off, or jumps back and forth at every look. No decision rests on it: the same is planned and done, and
/// the journal's times are the server's.
/// </summary>
public class AWrongClock(TestServer server, ITestOutputHelper output)
{
    private static readonly Dictionary<string, Func<int, TimeSpan>> Clocks = new()
    {
        ["a day slow"] = _ => TimeSpan.FromDays(-1),
        ["a day fast"] = _ => TimeSpan.FromDays(1),
        ["jumping"] = look => TimeSpan.FromHours(look % 2 == 0 ? -24 : 24),
        ["running backwards"] = look => TimeSpan.FromMinutes(-look),
    };

    [Fact]
    public async Task F20_changes_nothing_of_what_is_decided()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var suite = new Suite("F20", seed: 0, output);
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        var clocks = Clocks.Skip(Tier.IsNightly ? 0 : 2).ToList();
        var two = new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation };
        await Parallel.ForEachAsync(clocks, two, async (clock, _) =>
        {
            var (name, offset) = clock;
            await using var fleet = await template.CopyAsync(cancellation);
            var begun = await NowAsync(fleet, cancellation);
            // Half by the host with the wrong clock, the rest by the program with the right one, and once more the other way round.
            await RunAsync(fleet, "1.003", new WrongClock(offset), suite, name);
            var end = await fleet.RunAsync("--to", "1.004");
            await RunAsync(fleet, "1.006", new WrongClock(offset), suite, name);
            var last = await fleet.RunAsync("--to", "1.006");

            if (end.ExitCode != 0 || !last.Output.StartsWith("Nothing to do", StringComparison.Ordinal))
                suite.Violation(name, $"{end}\n{last}");
            foreach (var violation in await fleet.CheckAsync(last, cancellation)) suite.Violation(name, violation);
            if (await StrangeTimesAsync(fleet, begun, cancellation) is not "0" and var strange)
                suite.Violation(name, $"{strange} rows of the journals have times that are not the server's");
        });
        suite.End(clocks.Count, clocks.Count);
    }

    private static async Task RunAsync(Fleet fleet, string to, TimeProvider time, Suite suite, string name)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(fleet.Root, SettingsSources.FileName), fleet.Settings.ToJsonString(), cancellation);
        var (settings, problems) = SettingsReader.Read(fleet.Root);
        Assert.Empty(problems);
        var run = new RunIdentity(Guid.CreateVersion7(time.GetUtcNow()), time);
        var useCase = new UpgradeUseCase { Goal = new Goal { To = UpgradeVersion.Parse(to) } };
        await using var flow = new Flow(settings, problems, run, new Nobody(), CancellationToken.None, cancellation);
        using var prepared = await flow.PrepareAsync(useCase);
        using var log = new RunLog(fleet.Root, run.Id, time.GetUtcNow(), settings.KeepLogs, text => text);
        var reporting = new Reporting([log], (report, e) => suite.Violation(name, $"{report.GetType().Name}: {e}"));
        var outcome = await useCase.RunAsync(prepared, run, reporting.Writer, CancellationToken.None, cancellation);
        await reporting.EndAsync();
        suite.Count("steps by a host with a wrong clock", outcome.Done);
        if (outcome.ExitCode != 0 || outcome.Done != prepared.Plan.Steps.Count())
            suite.Violation(name, $"{outcome}: {string.Join("; ", outcome.Failed.Select(lane => lane.Failure))}");
    }

    private static Task<string> NowAsync(Fleet fleet, CancellationToken cancellationToken) =>
        AskAsync(fleet.Databases[0], "SELECT clock_timestamp()::text", cancellationToken);

    private static Task<string> StrangeTimesAsync(Fleet fleet, string begun, CancellationToken cancellationToken) =>
        AskAsync(fleet.Databases[0], $"""
            SELECT count(*)::text FROM (
              SELECT started_at, finished_at FROM public.krang_upgrade_journal UNION ALL
              SELECT started_at, finished_at FROM acme.krang_upgrade_journal) j
            WHERE started_at NOT BETWEEN '{begun}' AND clock_timestamp() OR finished_at NOT BETWEEN started_at AND clock_timestamp()
            """, cancellationToken);

    private static async Task<string> AskAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        await using var query = new NpgsqlCommand(sql, connection);
        return (string)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Its time of day is wrong; how much time has passed it measures rightly, as the system does.</summary>
    private sealed class WrongClock(Func<int, TimeSpan> offset) : TimeProvider
    {
        private int _looks;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset(Interlocked.Increment(ref _looks));
    }

    /// <summary>Nobody watches, and nobody answers.</summary>
    private sealed class Nobody : IAudience
    {
        public bool MayAsk => false;

        public bool HasAgreed => false;

        public void OnRead(InstallationState state)
        {
        }

        public void OnWarnings(IEnumerable<Problem> problems)
        {
        }

        public void OnBegin()
        {
        }

        public Task<bool> ConfirmsAsync(string question, bool isGrave) => Task.FromResult(false);
    }
}
