using System.Buffers.Binary;
using System.Text;

namespace PluginUpgrade.FaultTests.Proxies;

/// <param name="Type">As the protocol's first byte has it; NUL for the first message of a connection, which has none.</param>
/// <param name="Statement">What an Execute executes; the tag of a command that the server has completed.</param>
/// <param name="IsFromServer">The two sides use the same letters for different messages.</param>
public sealed record ProtocolMessage(char Type, byte[] Bytes, string Statement, bool IsFromServer)
{
    /// <summary>For this the server does what it was sent, and answers.</summary>
    public bool IsAnswered => !IsFromServer && Type is '\0' or 'Q' or 'S';

    public sealed override string ToString() => (IsFromServer, Type) switch
    {
        (true, 'C') => $"CommandComplete {Statement}",
        (true, 'Z') => "ReadyForQuery",
        (true, 'E') => "ErrorResponse",
        (true, _) => $"{Type} of the server",
        (_, '\0') => "Startup",
        (_, 'Q') => $"Query {Statement}",
        (_, 'P') => $"Parse {Statement}",
        (_, 'B') => "Bind",
        (_, 'D') => "Describe",
        (_, 'E') => $"Execute {Statement}",
        (_, 'S') => "Sync",
        (_, 'X') => "Terminate",
        _ => $"{Type}",
    };
}

/// <summary>
/// Reads the messages of one connection in one direction: a type of one byte, a length of four that counts itself, and the rest; the
/// first message of a client has no type.
/// See https://www.postgresql.org/docs/current/protocol-message-formats.html.
/// </summary>
internal sealed class ProtocolMessages(Stream stream, bool fromServer)
{
    private readonly Queue<string> _parsed = new();
    private bool _started;

    /// <returns>Null at the end of the stream.</returns>
    public async Task<ProtocolMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        var hasType = fromServer || _started;
        var head = new byte[hasType ? 5 : 4];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - 4)) - 4;
        var bytes = new byte[head.Length + length];
        head.CopyTo(bytes, 0);
        await stream.ReadExactlyAsync(bytes.AsMemory(head.Length), cancellationToken);
        var type = hasType ? (char)head[0] : '\0';
        _started = true;
        return new ProtocolMessage(type, bytes, Statement(type, bytes.AsSpan(head.Length)), fromServer);
    }

    private string Statement(char type, ReadOnlySpan<byte> body)
    {
        switch (fromServer, type)
        {
            case (true, 'C') or (false, 'Q'):
                return Text(body);
            case (false, 'P'):
                // The statement's name, then its text.
                var sql = Text(body[(body.IndexOf((byte)0) + 1)..]);
                _parsed.Enqueue(sql);
                return sql;
            case (false, 'E'):
                return _parsed.TryDequeue(out var parsed) ? parsed : "";
            default:
                return "";
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
}
