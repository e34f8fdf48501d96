using Npgsql;

namespace PluginUpgrade.FaultTests.Modules;

/// <summary>What the tests' own sessions do beside the program's.</summary>
internal static class Sessions
{
    public static async Task SendAsync(this TestInstallation _, NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the query has a row.</summary>
    public static async Task WaitAsync(this TestInstallation installation, string query)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await installation.QueryAsync(query)).Count == 0) await Task.Delay(20, limit.Token);
    }
}
