namespace PluginUpgrade;

/// <summary>Components that are not of any module: the journal keeps what krang-upgrade itself does under names of its own.</summary>
public static class HostComponents
{
    /// <summary>No module's component may begin with it.</summary>
    public const string Prefix = "krang:";

    /// <summary>What journals of earlier releases say for <see cref="Payload.ComponentName"/>.</summary>
    public const string FormerPayload = "payload";

    public static bool IsReserved(string component) =>
        component == FormerPayload || component.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The names that a journal may have for it.</summary>
    public static string[] Written(string component) =>
        component == Payload.ComponentName ? [component, FormerPayload] : [component];

    /// <summary>The component's name today.</summary>
    public static string Current(string written) => written == FormerPayload ? Payload.ComponentName : written;
}
