using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>What tests of the embedded server do with it.</summary>
internal static class Servers
{
    public static Task<EmbeddedServer> StartAsync(string root, EmbeddedServerOptions? options = null) => EmbeddedServer.StartAsync(
        EmbeddedServer.DirectoryBelow(root), options ?? TestServer.ThrowAway, TestContext.Current.CancellationToken);

    public static async Task<Problem> RefusedAsync(string root, EmbeddedServerOptions? options = null) =>
        Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => StartAsync(root, options))).Problems);

    public static async Task<object?> AskAsync(EmbeddedServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public static bool Runs(EmbeddedServer server) => Directory.Exists($"/proc/{server.ProcessId}")
        && !File.ReadAllText($"/proc/{server.ProcessId}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>kill -9.</summary>
    public static void Kill(int process)
    {
        using var found = System.Diagnostics.Process.GetProcessById(process);
        found.Kill();
    }
}
