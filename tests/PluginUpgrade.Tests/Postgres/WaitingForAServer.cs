using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Tests.Postgres;

/// <summary>With no patience at all for a server that is away: what is waited for is waited for because of the run's own lanes.</summary>
public class WaitingForAServer
{
    private const string Database = "Host=db;Database=shop";

    private readonly ServerWait _servers = new(TimeSpan.Zero, TimeProvider.System);

    public static TheoryData<Exception> KeptWaiting =>
    [
        new NpgsqlException("Exception while reading from stream", new TimeoutException()),
        new PostgresException("query_wait_timeout", "FATAL", "FATAL", PostgresErrorCodes.ProtocolViolation),
        new PostgresException("too many connections for role", "FATAL", "FATAL", PostgresErrorCodes.TooManyConnections),
    ];

    [Theory]
    [MemberData(nameof(KeptWaiting))]
    public async Task Has_no_end_while_lanes_of_the_run_are_on_it(Exception failure)
    {
        using var lane = _servers.Enter(Database);

        await OpenAsync(failure);
    }

    [Theory]
    [MemberData(nameof(KeptWaiting))]
    public async Task Ends_where_nobody_of_the_run_is_on_it(Exception failure)
    {
        using (_servers.Enter(Database)) await OpenAsync(failure);

        Assert.Same(failure, await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(failure)));
    }

    [Theory]
    [MemberData(nameof(KeptWaiting))]
    public async Task Ends_where_the_only_lane_on_it_waits_itself(Exception failure)
    {
        using var lane = _servers.Enter(Database);

        Assert.Same(failure, await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(failure, held: 1)));
    }

    [Fact]
    public async Task Ends_where_it_is_away()
    {
        using var lane = _servers.Enter(Database);
        var refused = new NpgsqlException("Failed to connect", new System.Net.Sockets.SocketException());

        Assert.Same(refused, await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(refused)));
    }

    /// <summary>Fails twice, then succeeds.</summary>
    private async Task OpenAsync(Exception failure, int held = 0)
    {
        await using var connection = new NpgsqlConnection();
        var tries = 0;

        var opened = await _servers.OpenAsync(
            Database, WaitFor.Return,
            _ => ++tries <= 2 ? Task.FromException<NpgsqlConnection>(failure) : Task.FromResult(connection),
            TestContext.Current.CancellationToken, held);

        Assert.Same(connection, opened);
        Assert.Equal(3, tries);
    }
}
