using System.Text.Json.Nodes;

namespace PluginUpgrade.FaultTests.Modules;

/// <summary>Locks that others hold, deadlocks and serialization failures: the whole step again, and not for ever.</summary>
public class ALockedTable(TestServer server)
{
    [Fact]
    public async Task A_lock_that_is_never_released_fails_the_step_and_names_the_cause()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "LOCK TABLE acme.other");
        Patience(installation, "00:00:00.3");
        await using var other = await installation.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await installation.SendAsync(other, "LOCK TABLE acme.other");

        var result = await installation.UpgradeAsync();

        Assert.Contains("attempt 4", result.Error);
        Assert.DoesNotContain("attempt 5", result.Error);
        Assert.Contains("lock timeout", result.Error);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await installation.FailsAndResumesAsync(result, "KU-5002");
    }

    [Nightly]
    [Fact]
    public async Task Is_told_with_the_session_that_holds_it()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "LOCK TABLE acme.other");
        Patience(installation, "00:00:01.5");
        await using var other = await installation.OpenAsync();
        await installation.SendAsync(other, "SET application_name = 'accounting'");
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await installation.SendAsync(other, "LOCK  TABLE\n acme.other");

        var result = await installation.UpgradeAsync();

        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        var user = new Npgsql.NpgsqlConnectionStringBuilder(installation.Database).Username;
        Assert.Contains($"It waited for accounting of {user} from ", result.Error);
        Assert.Contains($"server process {other.ProcessID}, in a transaction since ", result.Error);
        Assert.Contains("idle in transaction, last statement: LOCK TABLE acme.other", result.Error);
        await installation.FailsAndResumesAsync(result, "KU-5002");
    }

    [Fact]
    public async Task A_lock_that_is_released_in_time_costs_one_attempt()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "LOCK TABLE acme.other");
        Patience(installation, "00:00:00.3");
        await using var other = await installation.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await installation.SendAsync(other, "LOCK TABLE acme.other");

        using var host = installation.Start("--to", "1.003");
        await host.SaysAsync("attempt 2");
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(["first"], await installation.StoryAsync());
    }

    [Fact]
    public async Task A_deadlocked_step_is_tried_again()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, "LOCK TABLE acme.story; LOCK TABLE acme.other");
        await using var other = await installation.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await installation.SendAsync(other, "SET LOCAL deadlock_timeout = '1min'; LOCK TABLE acme.other");

        using var host = installation.Start("--to", "1.003");
        await installation.WaitAsync("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'acme.other'::regclass");
        // The host waits longest, so its server process looks first, and is the one to give way.
        await installation.SendAsync(other, "LOCK TABLE acme.story");
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("deadlock detected", result.Error);
        Assert.Equal(Misbehaviour.AllDone, await installation.JournalAsync("acme"));
        Assert.Equal(["first"], await installation.StoryAsync());
    }

    [Nightly]
    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task As_an_error_of_that_kind_is_tried_four_times_and_no_more(string state)
    {
        await using var installation = await Misbehaviour.CreateAsync(server, Raising(state, times: 100));
        await installation.ExecuteAsync("CREATE SEQUENCE acme.tries");

        var result = await installation.UpgradeAsync();

        Assert.Equal(["4"], await installation.QueryAsync("SELECT last_value FROM acme.tries"));
        await installation.FailsAndResumesAsync(result, "KU-5002");
    }

    [Nightly]
    [Fact]
    public async Task As_a_serialization_failure_that_passes_is_done_once()
    {
        await using var installation = await Misbehaviour.CreateAsync(server, Raising("40001", times: 3));
        await installation.ExecuteAsync("CREATE SEQUENCE acme.tries");

        var result = await installation.UpgradeAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["4"], await installation.QueryAsync("SELECT last_value FROM acme.tries"));
        Assert.Equal(["first"], await installation.StoryAsync());
    }

    private static string Raising(string state, int times) =>
        $"DO $$BEGIN IF nextval('acme.tries') <= {times} THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}';END IF;END$$";

    private static void Patience(TestInstallation installation, string limit) =>
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = limit };
}
