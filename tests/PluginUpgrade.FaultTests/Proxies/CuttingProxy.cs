using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PluginUpgrade.FaultTests.Proxies;

/// <summary>Where the connection is cut, seen from the counted message.</summary>
public enum CutMode
{
    /// <summary>The server never gets the message.</summary>
    BeforeForwarding,

    /// <summary>The server gets it, and the client no reply.</summary>
    BeforeReply,
}

/// <summary>
/// Stands between a client and a PostgreSQL server, and cuts the client's connection at one message of the frontend protocol, counted
/// over all connections. TLS must be off. After the cut it forwards everything. The server's end is half-closed, so that the server does
/// what it was still sent and then finds its client gone.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly EndPoint _server;
    private readonly CutAt? _cut;
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _count;

    /// <param name="socketDirectory">Of the server's Unix socket.</param>
    /// <param name="cut">Null: forwards everything.</param>
    public CuttingProxy(string socketDirectory, int port, CutAt? cut)
    {
        (_server, _cut) = (new UnixDomainSocketEndPoint(Path.Combine(socketDirectory, $".s.PGSQL.{port}")), cut);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The message at which the connection was cut, as <c>Execute COMMIT</c>; null where it was not.</summary>
    public string? CutMessage { get; private set; }

    /// <summary>How many messages were counted.</summary>
    public int Count => _count;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_end.Token);
                var connection = ServeAsync(client);
                _connections[connection] = true;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        client.NoDelay = true;
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var open = client;
        try
        {
            await server.ConnectAsync(_server, _end.Token);
            var link = new Link(client, server);
            var replies = link.ForwardRepliesAsync(_end.Token);
            await ForwardMessagesAsync(link);
            await replies;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One of the two has gone.
        }
    }

    private async Task ForwardMessagesAsync(Link link)
    {
        using var stream = new NetworkStream(link.Client);
        var messages = new FrontendMessages(stream);
        while (await messages.ReadAsync(_end.Token) is { } message)
        {
            if (_cut?.Counts(message) is not false && Interlocked.Increment(ref _count) == _cut?.At)
            {
                CutMessage = $"{message}";
                link.IsMute = true;
                if (_cut.Mode == CutMode.BeforeReply) await link.Server.SendAsync(message.Bytes, _end.Token);
                link.CutClient();
                break;
            }
            await link.Server.SendAsync(message.Bytes, _end.Token);
        }
        link.Server.Shutdown(SocketShutdown.Send);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _end.Dispose();
    }

    private sealed class Link(Socket client, Socket server)
    {
        private volatile bool _isMute;

        public Socket Client => client;

        public Socket Server => server;

        /// <summary>What the server answers from now on is lost.</summary>
        public bool IsMute { set => _isMute = value; }

        public async Task ForwardRepliesAsync(CancellationToken cancellationToken)
        {
            var buffer = new byte[64 * 1024];
            int length;
            while ((length = await server.ReceiveAsync(buffer, cancellationToken)) > 0)
                if (!_isMute) await client.SendAsync(buffer.AsMemory(0, length), cancellationToken);
            // The server has ended the session: the client is to see that too, after the last message.
            if (!_isMute) client.Shutdown(SocketShutdown.Send);
        }

        /// <summary>Abruptly: a reset.</summary>
        public void CutClient() => client.Close(0);
    }
}
