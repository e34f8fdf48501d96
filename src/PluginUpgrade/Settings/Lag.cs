namespace PluginUpgrade.Settings;

/// <summary>How far a standby may be behind: in bytes of the write-ahead log, or in time.</summary>
/// <param name="Bytes">Above zero; unused if there is a <paramref name="Time"/>.</param>
/// <param name="Time">Above zero.</param>
public readonly record struct Lag(long Bytes, TimeSpan? Time = null)
{
    /// <summary>As in <c>64MB</c>, <c>5m</c> and <c>00:05:00</c>.</summary>
    public static bool TryParse(string text, out Lag lag)
    {
        lag = default;
        if (Quantity.TryDuration(text, out var time)) lag = new Lag(0, time);
        else if (Quantity.TrySize(text, out var bytes)) lag = new Lag(bytes);
        else return false;
        return true;
    }

    public override string ToString() => Time is { } time ? $"{time}" : Quantity.Size(Bytes);
}
