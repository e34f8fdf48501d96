namespace PluginUpgrade.Harness;

/// <summary>
/// Holds a module inside its step until the test lets it go on: what happens in the middle of a step is tested without guessing how long
/// anything takes.
/// </summary>
public static class Gate
{
    /// <summary>SQL of a module: waits until the gate is open. In READ COMMITTED each look sees what was committed meanwhile.</summary>
    public const string Wait = "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM gate.opened) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$";

    /// <summary>Makes the gate, closed.</summary>
    public static Task CloseAsync(TestInstallation installation) =>
        installation.ExecuteAsync("CREATE SCHEMA IF NOT EXISTS gate; CREATE TABLE IF NOT EXISTS gate.opened (); DELETE FROM gate.opened");

    public static Task OpenAsync(TestInstallation installation) => installation.ExecuteAsync("INSERT INTO gate.opened DEFAULT VALUES");

    /// <summary>Until so many modules wait.</summary>
    public static async Task ReachedAsync(TestInstallation installation, HostProcess host, int modules = 1)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while ((await WaitingAsync(installation)).Count < modules)
        {
            Assert.False(host.HasExited, $"ended before it reached the gate:\n{host.ErrorSoFar}");
            await Task.Delay(50, limit.Token);
        }
    }

    /// <summary>The server processes of modules that wait.</summary>
    public static Task<List<string>> WaitingAsync(TestInstallation installation) => installation.QueryAsync("""
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE 'DO %gate.opened%'
          AND application_name LIKE 'krang-upgrade %'
        """);
}
