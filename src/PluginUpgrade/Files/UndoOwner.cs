namespace PluginUpgrade.Files;

/// <summary>The step whose file changes a log holds: enough to ask the journal whether it was committed.</summary>
public sealed record UndoOwner(Guid RunId, string Component, string VersionKey, string Module)
{
    public override string ToString() => Component.Length == 0 ? Module : $"{Component} {Module}";
}
