using System.Text;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Restores.Archives;

/// <summary>
/// Reads a dump that pg_restore writes as a script: statement after statement, and the rows that follow a COPY. It never holds more than a
/// statement, or a buffer of rows. psql's commands <c>\restrict</c> and <c>\unrestrict</c> are skipped; any other is an error.
/// </summary>
/// <param name="input">It is not disposed here.</param>
internal sealed class DumpScript(Stream input)
{
    private const int MaxStatement = 256 << 20;
    private const string SetEncoding = "SET client_encoding = ";
    private static readonly byte[] EndOfRows = "\n\\.\n"u8.ToArray();

    private byte[] _buffer = new byte[1 << 17];
    private int _start;
    private int _end;

    /// <summary>
    /// Whether <c>\connect</c> and <c>\encoding</c> are skipped too. They are between a database's statement and those in it.
    /// </summary>
    public bool PassesOverConnect { get; init; }

    /// <summary>PostgreSQL's name of the script's encoding.</summary>
    public string ServerEncoding { get; private set; } = "UTF8";

    /// <summary>How many bytes were read.</summary>
    public long Position { get; private set; }

    private ReadOnlySpan<byte> Read => _buffer.AsSpan(_start, _end - _start);

    /// <returns>The next statement; null at the end.</returns>
    /// <exception cref="FormatException">The input is no script of statements, or is cut off.</exception>
    public async ValueTask<DumpStatement?> NextAsync(CancellationToken cancellationToken)
    {
        if (!await SkipAsync(cancellationToken)) return null;
        var scanner = new StatementScanner();
        for (var scanned = 0; ;)
        {
            if (scanner.Scan(Read[scanned..]) is > 0 and var length)
            {
                var statement = DumpStatement.Of(Read[..(scanned + length - 1)], ServerEncoding);
                _start += scanned + length;
                // Only text before this statement can be in another encoding.
                if (statement.Text.StartsWith(SetEncoding, StringComparison.Ordinal))
                    ServerEncoding = EncodingOf(statement.Text[SetEncoding.Length..]);
                return statement;
            }
            scanned = Read.Length;
            if (!await FillAsync(cancellationToken)) throw new FormatException("It ends in the middle of a statement.");
        }
    }

    /// <summary>Checked, because the name becomes part of krang-upgrade's own statements.</summary>
    private static string EncodingOf(string literal) =>
        literal.Trim('\'') is { Length: > 0 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? name : throw new FormatException($"It is in an encoding {literal}.");

    /// <summary>Writes the rows that follow a COPY unchanged, up to the line that ends them.</summary>
    /// <returns>The number of rows.</returns>
    public async Task<long> CopyRowsAsync(Stream output, CancellationToken cancellationToken)
    {
        // The line break after the statement stays in the buffer, so that the end of an empty table looks like any other.
        var rows = 0L;
        for (var before = 1; ;)
        {
            var end = Read.IndexOf(EndOfRows);
            var length = end >= 0 ? end + 1 : Math.Max(0, Read.Length - EndOfRows.Length + 1);
            if (length > before)
            {
                rows += Read[before..length].Count((byte)'\n');
                await output.WriteAsync(_buffer.AsMemory(_start + before, length - before), cancellationToken);
            }
            if (length > 0) before = 0;
            _start += end >= 0 ? end + EndOfRows.Length : length;
            if (end >= 0) return rows;
            if (!await FillAsync(cancellationToken)) throw new FormatException("It ends in the middle of a table's rows.");
        }
    }

    /// <summary>Skips white space, comments and psql's commands between two statements.</summary>
    /// <returns>Whether a statement follows.</returns>
    private async ValueTask<bool> SkipAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_start < _end && _buffer[_start] <= ' ') _start++;
            if (_end - _start < 2 && await FillAsync(cancellationToken)) continue;
            if (_start == _end) return false;
            var isCommand = Read[0] == '\\';
            if (!isCommand && !Read.StartsWith("--"u8)) return true;
            var line = await LineAsync(cancellationToken);
            if (isCommand && !IsPassedOver(line))
                throw new FormatException("It has a backslash outside quotes.");
        }
    }

    private bool IsPassedOver(string command) =>
        command.StartsWith(@"\restrict ", StringComparison.Ordinal) || command.StartsWith(@"\unrestrict ", StringComparison.Ordinal)
        || PassesOverConnect && (command.StartsWith(@"\connect ", StringComparison.Ordinal)
            || command.StartsWith(@"\encoding ", StringComparison.Ordinal));

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken)
    {
        while (Read.IndexOf((byte)'\n') < 0 && await FillAsync(cancellationToken)) ;
        var length = Read.IndexOf((byte)'\n') is >= 0 and var found ? found : _end - _start;
        var line = Encoding.Latin1.GetString(Read[..length]);
        _start += length;
        return line;
    }

    /// <returns>False at the end.</returns>
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= MaxStatement) throw new FormatException("A statement is larger than 256 MB.");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        var count = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        Position += count;
        return count > 0;
    }
}
