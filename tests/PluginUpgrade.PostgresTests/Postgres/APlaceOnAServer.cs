using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>
/// A slot exchanges its connection now and then, and for whoever finds the server full. Where there are 10,000 schemas with tables, Npgsql
/// takes more than a second to load the database's types: once for each slot, and not for each connection.
/// </summary>
public class APlaceOnAServer(TestServer server)
{
    private static readonly ConnectionSettings Settings = new("place", TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keeps_its_connection_and_closes_it_without_forgetting_the_databases_types()
    {
        var database = await server.CreateDatabaseAsync();
        using var limits = new ServerLimits(1, Settings.Servers);

        var first = await AskAsync(limits, database, "SELECT pg_backend_pid()");
        Assert.Equal(first, await AskAsync(limits, database, "SELECT pg_backend_pid()"));
        await AskAsync(limits, database, "CREATE TYPE public.mood AS ENUM ('fine'); SELECT 0");
        Settings.Servers.MakeRoom();

        Assert.NotEqual(first, await AskAsync(limits, database, "SELECT pg_backend_pid()"));
        Assert.NotEqual("public.mood", await TypeAsync(limits, database));
        using var others = new ServerLimits(1, Settings.Servers);
        Assert.Equal("public.mood", await TypeAsync(others, database));
    }

    [Fact]
    public async Task Forgets_one_database_for_another()
    {
        var (database, other) = (await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        using var limits = new ServerLimits(1, Settings.Servers);

        await AskAsync(limits, database, "SELECT 1");
        var name = new NpgsqlConnectionStringBuilder(other).Database;

        Assert.Equal(name, await AskAsync(limits, other, "SELECT current_database()"));
        Assert.NotEqual(name, await AskAsync(limits, database, "SELECT current_database()"));
    }

    /// <summary>It lets everybody log in, and whom it has no session for waits with what he asks.</summary>
    [Fact]
    public async Task Is_given_up_for_another_that_waits_at_a_pooler()
    {
        var direct = await server.CreateDatabaseAsync();
        await using var bouncer = await PgBouncer.StartAsync(
            await server.StartedAsync(), "session", "default_pool_size = 1", "query_wait_timeout = 5");
        var database = bouncer.To(direct);
        using var limits = new ServerLimits(2, Settings.Servers);

        var (one, other) = (await limits.EnterAsync("server", database, Token), await limits.EnterAsync("server", database, Token));
        Assert.Equal(1, await AskAsync(one, database, "SELECT 1"));
        Assert.Equal(1, await AskAsync(other, database, "SELECT 1"));
        // Both know the database's types now, and the other has the only session.
        (other, one) = (await limits.EnterAsync("server", database, Token), await limits.EnterAsync("server", database, Token));
        Assert.Equal(1, await AskAsync(other, database, "SELECT 1"));
        Assert.Equal(1, await AskAsync(one, database, "SELECT 1"));
    }

    private static async Task<object?> AskAsync(ServerLimits limits, string database, string sql) =>
        await AskAsync(await limits.EnterAsync("server", database, Token), database, sql);

    private static Task<object?> AskAsync(ConnectionSlot slot, string database, string sql) =>
        InPlaceAsync(slot, database, async connection =>
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(Token);
        });

    private static async Task<string> TypeAsync(ServerLimits limits, string database) =>
        await InPlaceAsync(await limits.EnterAsync("server", database, Token), database, async connection =>
        {
            await using var command = new NpgsqlCommand("SELECT 'fine'::public.mood", connection);
            await using var reader = await command.ExecuteReaderAsync(Token);
            return reader.GetDataTypeName(0);
        });

    /// <summary>Leaves the slot afterwards.</summary>
    private static async Task<T> InPlaceAsync<T>(ConnectionSlot slot, string database, Func<NpgsqlConnection, Task<T>> work)
    {
        using var left = slot;
        await using var connection = await slot.OpenAsync(database, Settings, Token);
        return await work(connection);
    }
}
