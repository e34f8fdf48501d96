using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Modules;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// flyway 3497, postgres-migrations 36: a session that waits in the server for a lock deadlocks with CREATE INDEX CONCURRENTLY of the
/// lock's holder, which waits for the other's snapshot.
/// </summary>
public class WaitingForALock(TestServer server)
{
    [Fact]
    public async Task Trap_is_no_deadlock_with_an_index_that_the_holder_builds_concurrently() =>
        Assert.Empty(await DeadlocksAsync(server, defect: null));

    /// <returns>What went wrong; nothing where all is well.</returns>
    internal static async Task<List<string>> DeadlocksAsync(TestServer server, string? defect)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Defect = defect;
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:01:00", ["Parallel"] = 1, ["Save"] = "never" };
        installation.DropBuilt(BuiltFiles.TestModule("Concurrent"), "Concurrent");
        var waitInAcme = Gate.Wait.Replace("BEGIN", "BEGIN IF current_schema() = 'acme' THEN").Replace("END LOOP;", "END LOOP; END IF;");
        installation.Drop(new ModuleSource("V0_9") { PerInstance = waitInAcme });
        await Gate.CloseAsync(installation);
        await installation.SucceedsAsync("upgrade", "globex", "--to", "1.0");
        // The index waits for this one, and with it the holder of globex's lock.
        await using var application = await installation.OpenAsync();
        await using var transaction = await application.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await installation.SendAsync(application, "LOCK TABLE globex.story IN ROW EXCLUSIVE MODE");

        // The second host has planned for globex before the first one takes it.
        using var second = installation.Start("upgrade", "acme", "globex", "--to", "1.1");
        await Gate.ReachedAsync(installation, second);
        using var first = installation.Start("upgrade", "globex", "--to", "1.1");
        await installation.WaitAsync("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE UNIQUE INDEX CONC%' AND state = 'active'");
        await Gate.OpenAsync(installation);
        await installation.WaitAsync("""
            SELECT 1 FROM pg_stat_activity WHERE query LIKE '%advisory_lock($1, $2)%' AND application_name LIKE 'krang-upgrade %'
              AND datname = current_database()
            """);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        HostResult[] ends = [await first.EndAsync(), await second.EndAsync()];
        List<string> wrong = [.. ends.Where(end => end.ExitCode != 0 || end.All.Contains("deadlock")).Select(end => $"{end}")];
        foreach (var instance in (string[])["acme", "globex"])
        {
            var journal = string.Join(", ", await installation.JournalAsync(instance));
            if (journal != "0.9 done V0_9, 1.0 done V1_0, 1.1 done V1_1") wrong.Add($"{instance}: {journal}");
        }
        return wrong;
    }
}
