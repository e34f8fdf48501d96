using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PluginUpgrade.FaultTests.Proxies;

/// <summary>What becomes of the connections that are open at a moment.</summary>
public enum Roughness
{
    /// <summary>Nothing passes for a while, then all of it.</summary>
    Stall,

    /// <summary>Nothing passes any more, in either direction, and nobody is told: a firewall that forgot.</summary>
    Blackhole,

    /// <summary>What the server sends does not arrive any more.</summary>
    LoseAnswers,

    /// <summary>What the host sends does not arrive any more.</summary>
    LoseQuestions,

    /// <summary>Both ends are reset.</summary>
    Reset,
}

/// <summary>A way to the server on which bytes take their time, and connections get lost in <see cref="Roughness"/>'s ways.</summary>
public sealed class RoughProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly EndPoint _server;
    private readonly TimeSpan _latency;
    private readonly ConcurrentDictionary<Link, Task> _links = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _forwarded;

    /// <param name="latency">At most, for each piece, each way.</param>
    public RoughProxy(string socketDirectory, int port, TimeSpan latency)
    {
        (_server, _latency) = (new UnixDomainSocketEndPoint(Path.Combine(socketDirectory, $".s.PGSQL.{port}")), latency);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>How many pieces were forwarded, both ways.</summary>
    public int Forwarded => _forwarded;

    /// <summary>Something to do when so many pieces were forwarded: a moment of the traffic's, whatever the machine's load.</summary>
    public (int Piece, Action<RoughProxy> Do)? Moment { get; init; }

    /// <summary>Does it to each open connection that is chosen; later ones are as before.</summary>
    /// <returns>To how many.</returns>
    public int Befall(Roughness what, Func<bool> chosen, TimeSpan stall)
    {
        var befallen = _links.Keys.Where(link => link.IsOpen && chosen()).ToList();
        foreach (var link in befallen) link.Befall(what, stall);
        return befallen.Count;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_end.Token);
                var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                var link = new Link(client, server, Count, _latency, _end.Token);
                _links[link] = link.ServeAsync(_server);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_links.Values);
        _end.Dispose();
    }

    private void Count()
    {
        if (Interlocked.Increment(ref _forwarded) == Moment?.Piece) Moment.Value.Do(this);
    }

    private sealed class Link(Socket client, Socket server, Action count, TimeSpan latency, CancellationToken end)
    {
        private volatile Task _questions = Task.CompletedTask;
        private volatile Task _answers = Task.CompletedTask;
        private volatile bool _isOver;

        public bool IsOpen => !_isOver && !_questions.IsCanceled && _questions.IsCompleted && _answers.IsCompleted;

        public void Befall(Roughness what, TimeSpan stall)
        {
            if (what == Roughness.Stall) _questions = _answers = Task.Delay(stall, end);
            if (what is Roughness.Blackhole or Roughness.LoseQuestions) _questions = Task.Delay(Timeout.Infinite, end);
            if (what is Roughness.Blackhole or Roughness.LoseAnswers) _answers = Task.Delay(Timeout.Infinite, end);
            if (what != Roughness.Reset) return;
            _isOver = true;
            client.Close(0);
            server.Close(0);
        }

        public async Task ServeAsync(EndPoint address)
        {
            using var open = client;
            using var alsoOpen = server;
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(address, end);
                await Task.WhenAll(ForwardAsync(client, server, () => _questions), ForwardAsync(server, client, () => _answers));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the two has gone.
            }
            _isOver = true;
        }

        private async Task ForwardAsync(Socket from, Socket to, Func<Task> gate)
        {
            var buffer = new byte[16 * 1024];
            int length;
            while ((length = await from.ReceiveAsync(buffer, end)) > 0)
            {
                await Task.Delay(latency * Random.Shared.NextDouble(), end);
                count();
                await gate();
                await to.SendAsync(buffer.AsMemory(0, length), end);
            }
            await gate();
            to.Shutdown(SocketShutdown.Send);
        }
    }
}
