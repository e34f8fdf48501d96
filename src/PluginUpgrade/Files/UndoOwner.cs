namespace PluginUpgrade.Files;

/// <summary>The step that a log belongs to: enough to look up in the journal whether it was committed.</summary>
public sealed record UndoOwner(Guid RunId, string Component, string VersionKey, string Module)
{
    public override string ToString() => Component.Length == 0 ? Module : $"{Component} {Module}";
}
