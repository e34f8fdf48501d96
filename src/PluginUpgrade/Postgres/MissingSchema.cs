using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Creates a target's database and schema if they are missing, on the embedded server only, which belongs to krang-upgrade. On other
/// servers a missing one is refused: a mistake in the settings is more likely than a wish.
/// </summary>
public static class MissingSchema
{
    public static async Task MakeAsync(Target target, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (!target.ToBeMade) return;
        try
        {
            await MakeSchemaAsync(target, settings, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            var server = new NpgsqlConnectionStringBuilder(target.Database) { Database = "postgres" };
            var sql = $"CREATE DATABASE {PostgresName.Quote(target.DatabaseName)}";
            await using (var connection = await Connections.OpenForReadingAsync(
                server.ConnectionString, settings, WaitFor.Return, cancellationToken))
                await IgnoringRivalsAsync(() => Sql.ExecuteAsync(connection, sql, cancellationToken));
            await MakeSchemaAsync(target, settings, cancellationToken);
        }
    }

    private static async Task MakeSchemaAsync(Target target, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Return, cancellationToken);
        var sql = $"CREATE SCHEMA IF NOT EXISTS {PostgresName.Quote(target.Schema)}";
        await IgnoringRivalsAsync(() => Sql.ExecuteAsync(connection, sql, cancellationToken));
    }

    /// <summary>Another lane may create the same object at this moment; IF NOT EXISTS does not prevent that race.</summary>
    private static async Task IgnoringRivalsAsync(Func<Task> make)
    {
        try
        {
            await make();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateSchema
            or PostgresErrorCodes.DuplicateDatabase)
        {
        }
    }
}
