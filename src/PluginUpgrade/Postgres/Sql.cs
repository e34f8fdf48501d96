using Npgsql;

namespace PluginUpgrade.Postgres;

public static class Sql
{
    /// <summary>Sends statements without parameters and without results.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
