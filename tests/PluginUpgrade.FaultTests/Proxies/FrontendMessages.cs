using System.Buffers.Binary;
using System.Text;

namespace PluginUpgrade.FaultTests.Proxies;

/// <param name="At">From 1.</param>
/// <param name="Counts">Which messages are counted.</param>
public sealed record CutAt(int At, CutMode Mode, Func<FrontendMessage, bool> Counts);

/// <param name="Type">As the protocol's first byte has it; NUL for the first message of a connection, which has none.</param>
/// <param name="Statement">What an Execute executes.</param>
public sealed record FrontendMessage(char Type, byte[] Bytes, string Statement)
{
    public sealed override string ToString() => Type switch
    {
        '\0' => "Startup",
        'Q' => $"Query {Statement}",
        'P' => $"Parse {Statement}",
        'B' => "Bind",
        'D' => "Describe",
        'E' => $"Execute {Statement}",
        'S' => "Sync",
        'X' => "Terminate",
        _ => $"{Type}",
    };
}

/// <summary>
/// Reads the messages of one connection from client to server: a type of one byte, a length of four that counts itself, and the rest; the
/// first message has no type.
/// See https://www.postgresql.org/docs/current/protocol-message-formats.html.
/// </summary>
internal sealed class FrontendMessages(Stream stream)
{
    private readonly Queue<string> _parsed = new();
    private bool _started;

    /// <returns>Null at the end of the stream.</returns>
    public async Task<FrontendMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        var head = new byte[_started ? 5 : 4];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - 4)) - 4;
        var bytes = new byte[head.Length + length];
        head.CopyTo(bytes, 0);
        await stream.ReadExactlyAsync(bytes.AsMemory(head.Length), cancellationToken);
        var type = _started ? (char)head[0] : '\0';
        _started = true;
        return new FrontendMessage(type, bytes, Statement(type, bytes.AsSpan(head.Length)));
    }

    private string Statement(char type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case 'Q':
                return Text(body);
            case 'P':
                // The statement's name, then its text.
                var sql = Text(body[(body.IndexOf((byte)0) + 1)..]);
                _parsed.Enqueue(sql);
                return sql;
            case 'E':
                return _parsed.TryDequeue(out var parsed) ? parsed : "";
            default:
                return "";
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
}
