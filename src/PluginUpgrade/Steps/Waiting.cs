namespace PluginUpgrade.Steps;

/// <summary>Who must wait while live data is locked.</summary>
public enum Waiting
{
    Nobody,
    Writers,
    Everybody,
}
