using System.Globalization;

namespace PluginUpgrade.Settings;

/// <summary>How far a standby may be behind: in bytes of the write-ahead log, or in time.</summary>
/// <param name="Bytes">Where it is not a time: above zero.</param>
/// <param name="Time">Above zero.</param>
public readonly record struct Lag(long Bytes, TimeSpan? Time = null)
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>As in <c>64 MB</c> and <c>00:05:00</c>.</summary>
    public static bool TryParse(string text, out Lag lag)
    {
        lag = default;
        text = text.Trim();
        if (text.Contains(':'))
        {
            if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) || time <= TimeSpan.Zero) return false;
            lag = new Lag(0, time);
            return true;
        }
        var digits = string.Concat(text.TakeWhile(char.IsAsciiDigit));
        var unit = Array.IndexOf(Units, text[digits.Length..].Trim().ToUpperInvariant());
        if (unit < 0 || !long.TryParse(digits, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1_000_000) return false;
        lag = new Lag(number << (10 * unit));
        return true;
    }

    public override string ToString() => Time is { } time ? $"{time}" : Size(Bytes);

    /// <summary>As people read it: <c>12.3 MB</c>.</summary>
    public static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < Units.Length - 1; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Units[unit]}");
    }
}
