using System.Globalization;

namespace PluginUpgrade;

/// <summary>Durations and sizes, read and written in the same way everywhere: <c>5s</c>, <c>2m</c>, <c>30d</c>, <c>10MB</c>.</summary>
public static class Quantity
{
    /// <summary>For messages that reject another spelling.</summary>
    public const string DurationExample = "a duration such as 500ms, 5s, 2m, 12h, 30d or HH:MM:SS";

    /// <summary>As in PostgreSQL's settings, 1 KB is 1,024 bytes.</summary>
    private static readonly string[] Sizes = ["B", "KB", "MB", "GB", "TB"];

    private static readonly Dictionary<string, TimeSpan> Durations = new()
    {
        ["ms"] = TimeSpan.FromMilliseconds(1),
        ["s"] = TimeSpan.FromSeconds(1),
        ["m"] = TimeSpan.FromMinutes(1),
        ["h"] = TimeSpan.FromHours(1),
        ["d"] = TimeSpan.FromDays(1),
    };

    /// <summary>A whole number with its unit, or <c>HH:MM:SS</c>. A number without a unit is rejected.</summary>
    /// <returns>Whether it is a duration above zero.</returns>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        if (text.Contains(':')) return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration) && duration > TimeSpan.Zero;
        duration = default;
        if (!TryNumber(text, out var number, out var unit) || !Durations.TryGetValue(unit, out var one)) return false;
        if (number > TimeSpan.MaxValue.Ticks / one.Ticks) return false;
        duration = number * one;
        return true;
    }

    /// <returns>Whether it is a size above zero.</returns>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (!TryNumber(text, out var number, out var name)) return false;
        var unit = Array.IndexOf(Sizes, name.ToUpperInvariant());
        if (unit < 0 || number > long.MaxValue >> (10 * unit)) return false;
        bytes = number << (10 * unit);
        return true;
    }

    /// <summary>The size for people: <c>12.3 MB</c>.</summary>
    public static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < Sizes.Length - 1; unit++) value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Sizes[unit]}");
    }

    private static bool TryNumber(string text, out long number, out string unit)
    {
        text = text.Trim();
        var digits = string.Concat(text.TakeWhile(char.IsAsciiDigit));
        unit = text[digits.Length..].Trim();
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
    }
}
