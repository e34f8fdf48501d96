namespace PluginUpgrade.Settings;

/// <summary>A command of the operator, run by the shell in the installation's root.</summary>
/// <param name="Limit">How long it may take.</param>
public sealed record OperatorHook(string Command, TimeSpan Limit);

/// <summary>What the operator has run around an upgrade; null: nothing.</summary>
/// <param name="Before">Once all is checked, before anything changes.</param>
/// <param name="After">After a run that ended well.</param>
/// <param name="OnFailure">After one that did not, and where the first one has run and the upgrade is then refused.</param>
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
