using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>A checker that cannot find anything proves nothing: each defect, put in by hand, is found.</summary>
public class TheChecker(TestServer server)
{
    private static readonly SemaphoreSlim Once = new(1);
    private static (FleetTemplate Template, Fleet Fleet, ProgramEnd End)? _done;

    private sealed record Defect(string Invariant, Func<Fleet, CancellationToken, Task> Put, int Database = 0)
    {
        public static Defect Sql(string invariant, string sql, int database = 0) =>
            new(invariant, (fleet, token) => fleet.ExecuteAsync(database, sql, token), database);

        public static Defect Files(string invariant, Action<string> change) => new(invariant, (fleet, _) =>
        {
            change(fleet.Root);
            return Task.CompletedTask;
        });
    }

    private static readonly Dictionary<string, Defect> Defects = new()
    {
        ["a doubled row"] = Defect.Sql("I1", "INSERT INTO acme.effect SELECT * FROM acme.effect WHERE module = 'V1_003'"),
        ["a doubled increment"] = Defect.Sql("I1", "UPDATE globex.counter SET n = n + 1"),
        ["a missing table"] = Defect.Sql("I1", "DROP TABLE umbrella.made_instance_v1_002", 1),
        ["half a step"] = Defect.Sql("I1", "UPDATE public.effect SET ended_at = NULL WHERE module = 'V1_004'", 2),
        ["a step of another scope"] = Defect.Sql("I1", "INSERT INTO public.effect VALUES ('installation', 'V1_002', now(), now())"),
        ["a missing file"] = Defect.Files("I1", root => File.Delete(Path.Combine(root, "data/copy/sub/two.txt"))),
        ["a file changed twice"] = Defect.Files("I1", root => File.AppendAllText(Path.Combine(root, "data/applied.txt"), "V1_006\n")),
        ["a missing journal row"] = Defect.Sql("I2", "DELETE FROM acme.krang_upgrade_journal WHERE module = 'V1_002'"),
        ["a journal row without its step"] = Defect.Sql("I2",
            "DELETE FROM wonka.effect WHERE module = 'V1_005'; DROP TABLE wonka.made_instance_v1_005; UPDATE wonka.counter SET n = n - 1",
            database: 1),
        ["a journal row under another version"] = Defect.Sql("I2",
            "UPDATE acme.krang_upgrade_journal SET version = '1.9' WHERE version = '1.002'"),
        ["a journal row of no run"] = Defect.Sql("I2", "UPDATE acme.krang_upgrade_journal SET run_id = NULL WHERE version = '1.002'"),
        ["versions in the wrong order"] = Defect.Sql("I3", """
            UPDATE initech.effect SET (started_at, ended_at) =
              (SELECT min(started_at) - interval '2 ms', min(started_at) - interval '1 ms' FROM initech.effect)
            WHERE module = 'V1_002'
            """),
        ["an instance before its installation"] = Defect.Sql("I3",
            "UPDATE public.effect SET started_at = started_at - interval '1 hour', ended_at = ended_at - interval '1 hour'", 2),
        ["an instance behind a newer installation step"] = Defect.Sql("I3",
            "UPDATE public.effect SET started_at = started_at + interval '1 hour', ended_at = ended_at + interval '1 hour'", 2),
        ["a version passed over"] = Defect.Sql("I3", """
            DELETE FROM acme.effect WHERE module = 'V1_002'; DROP TABLE acme.made_instance_v1_002; UPDATE acme.counter SET n = n - 1;
            DELETE FROM acme.krang_upgrade_journal WHERE module = 'V1_002'
            """),
        ["a torn row"] = Defect.Sql("I4", "UPDATE public.krang_upgrade_journal SET state = 'running' WHERE version = '1.005'", 2),
        ["an undo log"] = Defect.Files("I5", root => Directory.CreateDirectory(Path.Combine(root, "data/upgrade-undo/1"))),
        ["a temporary file"] = Defect.Files("I5", root => File.WriteAllText(Path.Combine(root, "data/applied.txt.tmp"), "")),
        ["a write to somebody else's table"] = Defect.Sql("I6", "UPDATE bystander.story SET told = told WHERE id = 7", 2),
        ["a change of an inactive instance"] = Defect.Sql("I6", "ALTER TABLE asleep.story ADD COLUMN extra int"),
        ["a failed row behind success"] = Defect.Sql("I8", """
            INSERT INTO acme.krang_upgrade_journal (scope, version, module, state, run_id)
            VALUES ('instance', '1.007', 'V1_007', 'failed', gen_random_uuid())
            """),
        ["the password in a log"] = Defect.Files("I9", root =>
            File.AppendAllText(Directory.GetFiles(Path.Combine(root, "data/upgrade-logs"))[0], Fleet.Canary)),
        ["the password in a journal"] = Defect.Sql("I9",
            $"UPDATE acme.krang_upgrade_journal SET note = '{Fleet.Canary}' WHERE version = '1.002'"),
        ["a second host inside, rolled back"] = Defect.Sql("I10", "SELECT nextval('acme.overlaps')"),
        ["steps that overlap"] = Defect.Sql("I10",
            "UPDATE wonka.effect SET ended_at = ended_at + interval '1 minute' WHERE module = 'V1_001'", 1),
        ["runs that overlap"] = Defect.Sql("I10", """
            UPDATE acme.krang_upgrade_journal SET finished_at = finished_at + interval '1 minute', run_id = gen_random_uuid()
            WHERE version = '1.002'
            """),
    };

    public static TheoryData<string> Names => new TheoryData<string>(Defects.Keys).AtNightBut(
        [.. Defects.GroupBy(defect => defect.Value.Invariant).Select(ofOne => ofOne.First().Key)]);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Finds(string defect)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (template, done, end) = await DoneAsync();
        await using var fleet = await template.CopyAsync(cancellation, done);
        await Defects[defect].Put(fleet, cancellation);

        var found = await fleet.CheckAsync(end, cancellation);

        Assert.Contains(Defects[defect].Invariant, found.Select(violation => violation.Invariant));
    }

    [Fact]
    public async Task Finds_nothing_where_nothing_is_wrong()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (template, done, end) = await DoneAsync();
        await using var fleet = await template.CopyAsync(cancellation, done);

        Assert.Empty(await fleet.CheckAsync(end, cancellation));
    }

    [Theory]
    [InlineData("SELECT pg_advisory_lock(1, 2)", "checker's victim")]
    [NightlyData("SELECT 1", "krang-upgrade 12345678 host:1")]
    [NightlyData("CREATE TEMPORARY TABLE t ()", "checker's victim")]
    public async Task Finds_what_a_session_leaves(string sql, string application)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (template, done, end) = await DoneAsync();
        await using var fleet = await template.CopyAsync(cancellation, done);
        await using var session = new Npgsql.NpgsqlConnection($"{fleet.Databases[1]};Application Name={application}");
        await session.OpenAsync(cancellation);
        await using var command = new Npgsql.NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync(cancellation);

        Assert.Contains("I5", (await fleet.CheckAsync(end, cancellation)).Select(violation => violation.Invariant));
    }

    [Theory]
    [InlineData(0, "Failed: 1 step", "")]
    [InlineData(1, "Failed: 1 step", "failed: 1 target")]
    [InlineData(134, "Done: 35 steps", "")]
    [InlineData(2, "", "Unhandled exception")]
    public async Task Finds_an_end_that_does_not_agree(int exitCode, string output, string error)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, done, _) = await DoneAsync();

        var found = await done.CheckAsync(new ProgramEnd(exitCode, output, error), cancellation);

        Assert.Contains("I8", found.Select(violation => violation.Invariant));
    }

    [Fact]
    public async Task Finds_the_password_in_the_output()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, done, end) = await DoneAsync();

        var found = await done.CheckAsync(end with { Error = Fleet.Canary }, cancellation);

        Assert.Contains("I9", found.Select(violation => violation.Invariant));
    }

    /// <summary>One fleet that was upgraded undisturbed, for all tests to copy.</summary>
    private async Task<(FleetTemplate Template, Fleet Fleet, ProgramEnd End)> DoneAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Once.WaitAsync(cancellation);
        try
        {
            if (_done is { } done) return done;
            var template = await FleetTemplate.MakeAsync(server, cancellation);
            var fleet = await template.CopyAsync(cancellation);
            var end = await fleet.RunAsync("--to", "1.006");
            Assert.True(end.ExitCode == 0, $"{end}");
            _done = (template, fleet, end);
            return _done.Value;
        }
        finally
        {
            Once.Release();
        }
    }
}
