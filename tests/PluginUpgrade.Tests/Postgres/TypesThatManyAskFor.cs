using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Tests.Postgres;

/// <summary>A server's types are read once for all; how the first reader ends is no matter of the others.</summary>
public class TypesThatManyAskFor
{
    private static readonly Task<ServerTypes> Read = Task.FromResult<ServerTypes>(null!);

    private readonly KnownServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Are_read_again_where_the_first_reader_was_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource<ServerTypes>();
        await using var cancelled = stop.Token.Register(() => never.SetCanceled(stop.Token));
        var first = _server.TypesAsync(() => never.Task, stop.Token);
        var second = _server.TypesAsync(() => Read, Token);
        Assert.False(second.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Null(await second);
    }

    [Fact]
    public async Task Are_read_again_where_the_first_reader_failed()
    {
        var failing = new TaskCompletionSource<ServerTypes>();
        var first = _server.TypesAsync(() => failing.Task, Token);
        var second = _server.TypesAsync(() => Read, Token);

        failing.SetException(new NpgsqlException("lost"));

        await Assert.ThrowsAsync<NpgsqlException>(() => first);
        Assert.Null(await second);
        await _server.TypesAsync(() => throw new InvalidOperationException("known already"), Token);
    }
}
