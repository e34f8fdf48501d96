using System.Text;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Saves.Restoring;

/// <summary>Encodings by the names that PostgreSQL has for them.</summary>
internal static partial class DumpEncoding
{
    /// <summary>One that does not guess: bytes that mean nothing in it are an error.</summary>
    /// <exception cref="FormatException">It is not known here.</exception>
    public static Encoding Of(string name)
    {
        // In SQL_ASCII the server does not know what bytes above 127 mean; names and texts of our time are UTF-8.
        if (name is "UTF8" or "SQL_ASCII") return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(Known(name), EncoderFallback.ExceptionFallback,
                DecoderFallback.ExceptionFallback) ?? Encoding.GetEncoding(Known(name), EncoderFallback.ExceptionFallback,
                DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"It is in the encoding {name}, which this program does not know.");
        }
    }

    private static string Known(string name) => name switch
    {
        "LATIN1" or "LATIN2" or "LATIN3" or "LATIN4" => $"iso-8859-{name[5..]}",
        "LATIN5" => "iso-8859-9",
        "LATIN7" => "iso-8859-13",
        "LATIN9" => "iso-8859-15",
        "KOI8R" => "koi8-r",
        "KOI8U" => "koi8-u",
        _ when Windows().Match(name) is { Success: true } match => $"windows-{match.Groups[1].Value}",
        _ => name.Replace('_', '-'),
    };

    [GeneratedRegex(@"^WIN(\d+)\z")]
    private static partial Regex Windows();
}
