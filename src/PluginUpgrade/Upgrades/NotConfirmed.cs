namespace PluginUpgrade.Upgrades;

/// <summary>A question whose answer was not yes: KU-1107. The refusal says that nothing was changed.</summary>
public static class NotConfirmed
{
    /// <param name="isGrave">Only the typed word YES is taken as yes.</param>
    public static Problem Of(string subject, bool isGrave, string message = "Not confirmed.") => new("KU-1107", subject, message,
        $"{(isGrave ? "Type YES" : "Answer with y")} on a terminal, or add --yes.");
}
