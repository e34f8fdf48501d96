using System.Globalization;

namespace PluginUpgrade.Settings;

/// <summary>What one entry of Run:Waves takes of the instances that earlier waves left. A closed list.</summary>
public abstract record WaveSetting
{
    private WaveSetting() { }

    /// <summary>Instances whose label has this value.</summary>
    public sealed record Labelled(string Key, string Value) : WaveSetting;

    /// <summary>This many instances.</summary>
    public sealed record Some(int Count) : WaveSetting;

    /// <summary>This share of all instances, in per cent, rounded up.</summary>
    public sealed record Share(decimal Percent) : WaveSetting;

    public sealed record Rest : WaveSetting;

    /// <summary>As in <c>ring=canary</c>, <c>20</c>, <c>10 %</c>, <c>all</c>.</summary>
    public static bool TryParse(string text, out WaveSetting wave)
    {
        text = text.Trim();
        wave = new Rest();
        if (text.Equals("all", StringComparison.OrdinalIgnoreCase)) return true;
        if (CountOrPercent.TryParse(text, out var amount))
        {
            wave = amount.Percent is { } percent ? new Share(percent) : new Some(amount.Count);
            return true;
        }
        if (text.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } key, { Length: > 0 } value]) return false;
        wave = new Labelled(key, value);
        return true;
    }

    public sealed override string ToString() => this switch
    {
        Labelled(var key, var value) => $"{key}={value}",
        Some(var count) => string.Create(CultureInfo.InvariantCulture, $"{count}"),
        Share(var percent) => string.Create(CultureInfo.InvariantCulture, $"{percent} %"),
        _ => "all",
    };
}
