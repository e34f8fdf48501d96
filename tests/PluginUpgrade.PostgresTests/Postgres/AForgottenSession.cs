using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>
/// The network has lost a connection, which the host has given up, and the server still waits for its end: F9, seed 1138129466, where a
/// run was refused its own target by itself.
/// </summary>
public class AForgottenSession(TestServer server)
{
    private const string Run = "krang-upgrade 0123abcd host:1";

    [Fact]
    public async Task A_session_of_the_same_run_releases_the_lock()
    {
        var database = await server.CreateDatabaseAsync();
        await using var forgotten = await OpenAsync(database, Run);
        await using var next = await OpenAsync(database, Run);
        Assert.Null((await AcquireAsync(forgotten)).Holder);
        Assert.Null((await AcquireAsync(next)).Holder);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(forgotten, "SELECT 1"));
    }

    [Fact]
    public async Task Is_left_alone_while_a_statement_is_under_way()
    {
        var database = await server.CreateDatabaseAsync();
        await using var busy = await OpenAsync(database, Run);
        await using var next = await OpenAsync(database, Run);
        Assert.Null((await AcquireAsync(busy)).Holder);
        var sleeping = ExecuteAsync(busy, "SELECT pg_sleep(3)");
        Assert.NotNull((await AcquireAsync(next)).Holder);
        await sleeping;
    }

    [Fact]
    public async Task A_session_of_another_run_is_left_alone()
    {
        var database = await server.CreateDatabaseAsync();
        await using var other = await OpenAsync(database, "krang-upgrade 4567cdef host:2");
        await using var next = await OpenAsync(database, Run);
        Assert.Null((await AcquireAsync(other)).Holder);
        Assert.NotNull((await AcquireAsync(next)).Holder);
        await ExecuteAsync(other, "SELECT 1");
    }

    private static Task<TargetLock.Acquired> AcquireAsync(NpgsqlConnection connection) => TargetLock.AcquireAsync(
        connection, Scope.Instance, "acme", TimeSpan.FromMilliseconds(300), 30, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task<NpgsqlConnection> OpenAsync(string database, string name)
    {
        var ours = new NpgsqlConnectionStringBuilder(database) { ApplicationName = name, Pooling = false };
        var connection = new NpgsqlConnection(ours.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
