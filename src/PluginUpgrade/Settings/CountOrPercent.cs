using System.Globalization;

namespace PluginUpgrade.Settings;

/// <summary>A number of instances, or a share of them.</summary>
/// <param name="Count">Above zero; unused if there is a <paramref name="Percent"/>.</param>
/// <param name="Percent">Above zero, at most a hundred.</param>
public readonly record struct CountOrPercent(int Count, decimal? Percent = null)
{
    /// <summary>As in <c>20</c> and <c>10 %</c>.</summary>
    public static bool TryParse(string text, out CountOrPercent amount)
    {
        amount = default;
        text = text.Trim();
        if (text.EndsWith('%'))
        {
            if (!decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out var percent) || percent is <= 0 or > 100) return false;
            amount = new CountOrPercent(0, percent);
            return true;
        }
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1) return false;
        amount = new CountOrPercent(count);
        return true;
    }

    /// <summary>
    /// As a failure budget for this many targets: the number of failures that exhausts it. A percentage is exhausted by the first failure
    /// beyond it.
    /// </summary>
    public int Spent(int all) => Percent is { } percent ? (int)Math.Floor(all * percent / 100) + 1 : Count;
}
