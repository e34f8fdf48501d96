using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F21: more lanes than the server, the role or a pool has places for: the run ends well, only slower. The host logs in as an ordinary
/// role, since superusers are let in beyond the limits.
/// </summary>
public class FewConnections(ITestOutputHelper output)
{
    private const string Role = "narrow";
    private static readonly string[] Command = ["--to", "1.006"];
    private static readonly string[] Limits = ["the server's", "the role's", "a pool's"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 20, release: 50);

    [Fact]
    public async Task F21_make_a_run_slower_and_nothing_else()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var suite = new Suite("F21", _plan, output);
        await using var server = new TestServer { Settings = new Dictionary<string, string> { ["max_connections"] = "20" } };
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        for (var trial = 0; trial < _plan.Count; trial++)
        {
            var random = _plan.RandomOf(trial);
            var (limit, places) = (Limits[_plan.KindOf(trial, Limits.Length)], random.Next(3, 6));
            await using var fleet = await template.CopyAsync(cancellation);
            await GrantAsync(fleet, limit == "the role's" ? places : -1);
            fleet.Settings["Run"] = new JsonObject { ["Parallel"] = 6 };
            // The tests' own idle connections take places too.
            NpgsqlConnection.ClearAllPools();
            var end = limit == "a pool's"
                ? await ThroughAPoolAsync(server, fleet, places) : await DirectlyAsync(fleet, limit == "the server's" ? places : 0);
            suite.Count($"{limit} limit");
            foreach (var violation in await fleet.CheckAsync(end, cancellation))
                suite.Violation($"trial {trial}, {limit}, {places} places", $"{violation}\n{end}");
            if (end.ExitCode != 0) suite.Violation($"trial {trial}, {limit}, {places} places", $"exit code {end.ExitCode}\n{end}");
        }
        suite.End(_plan.Count, _plan.Count);
    }

    /// <summary>With so many places left by others; 0: all.</summary>
    private static async Task<ProgramEnd> DirectlyAsync(Fleet fleet, int places)
    {
        var configured = fleet.Settings["Installation"]!["Database"]!.GetValue<string>();
        var address = new NpgsqlConnectionStringBuilder(configured) { Username = Role };
        fleet.Settings["Installation"]!["Database"] = address.ConnectionString;
        List<NpgsqlConnection> others = [];
        try
        {
            // Three are the superuser's.
            if (places > 0)
                for (var i = 0; i < 20 - 3 - places; i++) others.Add(await OpenAsync(fleet.Databases[0]));
            return await fleet.RunAsync(Command);
        }
        finally
        {
            foreach (var other in others) await other.DisposeAsync();
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await other.OpenAsync();
        return other;
    }

    /// <summary>In session mode: who finds no place waits at the pooler.</summary>
    private static async Task<ProgramEnd> ThroughAPoolAsync(TestServer server, Fleet fleet, int places)
    {
        await using var bouncer = await PgBouncer.StartAsync(
            await server.StartedAsync(), "session", string.Create(CultureInfo.InvariantCulture, $"default_pool_size = {places}"));
        fleet.Settings["Installation"]!["Database"] = bouncer.To(fleet.Settings["Installation"]!["Database"]!.GetValue<string>());
        return await fleet.RunAsync(Command);
    }

    private static async Task GrantAsync(Fleet fleet, int limit)
    {
        for (var i = 0; i < fleet.Databases.Count; i++)
            await fleet.ExecuteAsync(i, $"""
                DO $$BEGIN IF to_regrole('{Role}') IS NULL THEN CREATE ROLE {Role} LOGIN; END IF; END$$;
                ALTER ROLE {Role} CONNECTION LIMIT {limit.ToString(CultureInfo.InvariantCulture)};
                DO $$DECLARE s text; BEGIN
                  FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|information_schema' LOOP
                    EXECUTE format('GRANT ALL ON SCHEMA %I TO {Role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO {Role}', s, s);
                  END LOOP; END$$
                """, TestContext.Current.CancellationToken);
    }
}
