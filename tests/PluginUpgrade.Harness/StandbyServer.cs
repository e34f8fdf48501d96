using System.Diagnostics;
using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Harness;

/// <summary>A real standby: a copy of a test's own server, made while that is stopped, and started with standby.signal.</summary>
public static class StandbyServer
{
    /// <param name="directory">An empty one.</param>
    /// <param name="follows">As what it follows its primary; null: it does not.</param>
    public static async Task<EmbeddedServer> StartAsync(TestServer primary, string directory, string? follows = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var from = (await primary.StartedAsync()).DataDirectory;
        await primary.StopAsync();
        // A process that was just started may have held the lock of those who use the server for a moment: then it was left running.
        for (var again = 0; File.Exists(Path.Combine(from, "postmaster.pid")) && again < 10; again++)
        {
            await primary.StartedAsync();
            await primary.StopAsync();
        }
        Assert.False(File.Exists(Path.Combine(from, "postmaster.pid")), "The server that is to be copied still runs.");
        var cluster = ServerFiles.In(directory).Cluster;
        // With its owner: the server is not run as root.
        using (var copy = Process.Start("cp", ["-a", from, cluster]))
        {
            await copy.WaitForExitAsync(cancellation);
            Assert.Equal(0, copy.ExitCode);
        }
        await File.WriteAllTextAsync(Path.Combine(cluster, "standby.signal"), "", cancellation);
        var database = new NpgsqlConnectionStringBuilder((await primary.StartedAsync()).ConnectionString);
        if (follows is not null)
            await File.AppendAllTextAsync(Path.Combine(cluster, "postgresql.auto.conf"),
                $"primary_conninfo = 'host={database.Host} port={database.Port} user={database.Username} application_name={follows}'\n",
                cancellation);
        return await EmbeddedServer.StartAsync(directory, TestServer.ThrowAway, cancellation);
    }
}
