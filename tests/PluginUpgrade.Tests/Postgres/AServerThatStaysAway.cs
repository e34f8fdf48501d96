using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Tests.Postgres;

/// <summary>By a clock that the test sets: nobody waits for a minute to see that a minute is waited.</summary>
public class AServerThatStaysAway
{
    private const string Database = "Host=db;Database=shop";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>The longest pause between two tries, and as much again for the step of the clock.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    private static readonly Exception Away = new NpgsqlException("Failed to connect", new SocketException());

    private static readonly Exception Full =
        new PostgresException("too many clients", "FATAL", "FATAL", PostgresErrorCodes.TooManyConnections);

    private readonly FakeTimeProvider _time = new();
    private readonly ServerWait _servers;

    public AServerThatStaysAway() => _servers = new ServerWait(Limit, _time);

    [Fact]
    public async Task Is_waited_for_as_long_as_the_limit_says() => Assert.InRange(await GiveUpAsync(Away), Limit, Limit + Pause);

    [Fact]
    public async Task Is_waited_for_once_and_not_by_each_lane()
    {
        await GiveUpAsync(Away);

        Assert.Equal(TimeSpan.Zero, await GiveUpAsync(Away));
    }

    [Fact]
    public async Task Is_waited_for_again_once_it_was_back()
    {
        await GiveUpAsync(Away);
        await using var connection = new NpgsqlConnection();
        await _servers.OpenAsync(Database, WaitFor.Return, _ => Task.FromResult(connection), TestContext.Current.CancellationToken);

        Assert.InRange(await GiveUpAsync(Away), Limit, Limit + Pause);
    }

    [Fact]
    public async Task Is_told_at_once_before_anything_has_begun() => Assert.Equal(TimeSpan.Zero, await GiveUpAsync(Away, WaitFor.Room));

    [Fact]
    public async Task Is_waited_for_by_each_lane_where_it_is_only_full()
    {
        await GiveUpAsync(Full);

        Assert.InRange(await GiveUpAsync(Full), Limit, Limit + Pause);
    }

    /// <summary>How long it took until the failure was told.</summary>
    private async Task<TimeSpan> GiveUpAsync(Exception failure, WaitFor what = WaitFor.Return)
    {
        var begun = _time.GetTimestamp();
        var opening = _servers.OpenAsync(
            Database, what, _ => Task.FromException<NpgsqlConnection>(failure), TestContext.Current.CancellationToken);
        // The clock moves only while somebody waits for it: the next try is made within Advance.
        while (!opening.IsCompleted) _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Same(failure, await Assert.ThrowsAnyAsync<NpgsqlException>(() => opening));
        return _time.GetElapsedTime(begun);
    }
}
