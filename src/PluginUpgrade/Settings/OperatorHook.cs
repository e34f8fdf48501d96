namespace PluginUpgrade.Settings;

/// <summary>A command of the operator, which the shell runs in the installation's root.</summary>
/// <param name="Limit">How long it may take.</param>
public sealed record OperatorHook(string Command, TimeSpan Limit);

/// <summary>The operator's commands around an upgrade; null: none.</summary>
/// <param name="Before">After all checks, before anything changes.</param>
/// <param name="After">After a successful run.</param>
/// <param name="OnFailure">After a failed run, and if the upgrade is refused after <paramref name="Before"/> has run.</param>
public sealed record OperatorHooks(OperatorHook? Before, OperatorHook? After, OperatorHook? OnFailure)
{
    public static OperatorHooks None { get; } = new(null, null, null);

    /// <summary>With their names in the settings, in the order in which they may run.</summary>
    public IEnumerable<(string Name, OperatorHook Hook)> All
    {
        get
        {
            if (Before is not null) yield return (nameof(Before), Before);
            if (After is not null) yield return (nameof(After), After);
            if (OnFailure is not null) yield return (nameof(OnFailure), OnFailure);
        }
    }
}
