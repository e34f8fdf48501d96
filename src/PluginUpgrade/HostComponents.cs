namespace PluginUpgrade;

/// <summary>Components that belong to no module: krang-upgrade's own entries in the journal.</summary>
public static class HostComponents
{
    /// <summary>No module's component may begin with this.</summary>
    public const string Prefix = "krang:";

    /// <summary>The name of <see cref="Payload.ComponentName"/> in journals of earlier releases.</summary>
    public const string FormerPayload = "payload";

    public static bool IsReserved(string component) =>
        component == FormerPayload || component.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The names that a journal may have for the component.</summary>
    public static string[] Written(string component) =>
        component == Payload.ComponentName ? [component, FormerPayload] : [component];

    /// <summary>The component's current name.</summary>
    public static string Current(string written) => written == FormerPayload ? Payload.ComponentName : written;
}
