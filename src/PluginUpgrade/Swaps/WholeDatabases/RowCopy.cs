using Npgsql;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>Copies rows from one database to another, as the server sends them.</summary>
internal static class RowCopy
{
    /// <param name="query">A query without parameters.</param>
    /// <param name="into">A table with its columns. The caller rolls back if it fails: part of the rows may be there.</param>
    public static async Task RunAsync(
        NpgsqlConnection from, string query, NpgsqlConnection to, string into, CancellationToken cancellationToken)
    {
        await using var source = await from.BeginRawBinaryCopyAsync($"COPY ({query}) TO STDOUT (FORMAT binary)", cancellationToken);
        await using var target = await to.BeginRawBinaryCopyAsync($"COPY {into} FROM STDIN (FORMAT binary)", cancellationToken);
        await source.CopyToAsync(target, cancellationToken);
    }
}
