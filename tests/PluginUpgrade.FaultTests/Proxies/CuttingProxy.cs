using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace PluginUpgrade.FaultTests.Proxies;

/// <summary>Where the connection is cut, seen from the counted message.</summary>
public enum CutMode
{
    /// <summary>The message never arrives.</summary>
    Before,

    /// <summary>Half of its bytes arrive.</summary>
    Inside,

    /// <summary>The server gets the message, and the client no answer to it.</summary>
    BeforeReply,
}

/// <param name="At">From 1, among the messages of that side.</param>
/// <param name="OfServer">Which side's messages are counted.</param>
public sealed record CutAt(int At, CutMode Mode, bool OfServer);

/// <summary>
/// Stands between a client and a PostgreSQL server, and cuts the client's connection at one message of the protocol, counted over all
/// connections. TLS must be off. After the cut it forwards everything. The server's end is half-closed, so that the server does what it
/// was still sent and then finds its client gone.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly EndPoint _server;
    private readonly CutAt? _cut;
    private readonly Func<ProtocolMessage, bool>? _counts;
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _count;

    /// <param name="socketDirectory">Of the server's Unix socket.</param>
    /// <param name="cut">Null: forwards everything.</param>
    /// <param name="counts">Which messages are counted; null: all.</param>
    public CuttingProxy(string socketDirectory, int port, CutAt? cut, Func<ProtocolMessage, bool>? counts = null)
    {
        (_server, _cut) = (new UnixDomainSocketEndPoint(Path.Combine(socketDirectory, $".s.PGSQL.{port}")), cut);
        _counts = counts;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>How many messages have been counted, up to the cut.</summary>
    public int Counted => Volatile.Read(ref _count);

    /// <summary>The message at which the connection was cut; null where it was not.</summary>
    public ProtocolMessage? CutMessage { get; private set; }

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
            await Task.WhenAll(ForwardAsync(link, client, server, fromServer: false), ForwardAsync(link, server, client, fromServer: true));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One of the two has gone.
        }
    }

    private async Task ForwardAsync(Link link, Socket from, Socket to, bool fromServer)
    {
        try
        {
            using var stream = new NetworkStream(from);
            var messages = new ProtocolMessages(stream, fromServer);
            while (!(fromServer && link.IsCut) && await messages.ReadAsync(_end.Token) is { } message)
            {
                if (IsCutAt(message))
                {
                    await CutAsync(link, to, message);
                    return;
                }
                await to.SendAsync(message.Bytes, _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The other side is to see that this one has gone.
        }
        if (!link.IsCut || !fromServer) to.Shutdown(SocketShutdown.Send);
    }

    private bool IsCutAt(ProtocolMessage message) =>
        message.IsFromServer == _cut?.OfServer && (_cut.Mode != CutMode.BeforeReply || message.IsAnswered)
        && _counts?.Invoke(message) is not false
        && Interlocked.Increment(ref _count) == _cut.At;

    private async Task CutAsync(Link link, Socket to, ProtocolMessage message)
    {
        CutMessage = message;
        link.IsCut = true;
        var bytes = _cut!.Mode switch
        {
            CutMode.Before => ReadOnlyMemory<byte>.Empty,
            CutMode.Inside => message.Bytes.AsMemory(0, message.Bytes.Length / 2),
            _ => message.Bytes,
        };
        if (bytes.Length > 0) await to.SendAsync(bytes, _end.Token);
        link.CutClient();
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
        private volatile bool _isCut;

        public Socket Server => server;

        /// <summary>What the server answers from now on is lost.</summary>
        public bool IsCut { get => _isCut; set => _isCut = value; }

        /// <summary>Abruptly, a reset; but what was sent of a message that is cut in its middle is to arrive.</summary>
        public void CutClient() => client.Close(0);
    }
}
