using System.Text;

namespace PluginUpgrade.Restores.Archives;

/// <summary>A statement of a dump's script.</summary>
/// <param name="Text">Without its semicolon. If <paramref name="Encoding"/> is given, each character stands for one byte.</param>
/// <param name="Encoding">PostgreSQL's name of the encoding, if only the server can decode the bytes; null: the text is decoded.</param>
internal readonly record struct DumpStatement(string Text, string? Encoding)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static DumpStatement Of(ReadOnlySpan<byte> bytes, string encoding)
    {
        if (Ascii.IsValid(bytes)) return new(System.Text.Encoding.ASCII.GetString(bytes), null);
        // In SQL_ASCII the server does not know what a byte means; today most of them are UTF-8.
        if (encoding is "UTF8" or "SQL_ASCII")
            try
            {
                return new(Utf8.GetString(bytes), null);
            }
            catch (DecoderFallbackException)
            {
            }
        return new(System.Text.Encoding.Latin1.GetString(bytes), encoding);
    }

    /// <summary>The text to send, as one statement.</summary>
    public string Sql => Encoding is null ? Text : $"DO $krang$BEGIN EXECUTE {Expression}; END$krang$";

    /// <summary>An expression whose value is the text: the server converts the bytes to its own encoding.</summary>
    public string Expression => ExpressionOf(Text, Encoding);

    public static string ExpressionOf(string text, string? encoding)
    {
        var bytes = encoding is null ? Utf8.GetBytes(text) : System.Text.Encoding.Latin1.GetBytes(text);
        return $"pg_catalog.convert_from(pg_catalog.decode('{Convert.ToHexStringLower(bytes)}', 'hex'), '{encoding ?? "UTF8"}')";
    }
}
