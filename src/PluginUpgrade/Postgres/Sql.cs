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

    /// <summary>A parameter for <c>$1::text[]</c>, as the server writes arrays: connections for reading know none.</summary>
    public static string Array(IEnumerable<string> texts) => $"{{{string.Join(',', texts.Select(Quoted))}}}";

    private static string Quoted(string text) =>
        $"\"{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
