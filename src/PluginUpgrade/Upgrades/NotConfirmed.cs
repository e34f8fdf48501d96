namespace PluginUpgrade.Upgrades;

/// <summary>A question that was not answered with yes: KU-1107. The refusal says that nothing was changed.</summary>
public static class NotConfirmed
{
    /// <param name="isGrave">Whether only the typed word YES counts as yes.</param>
    public static Problem Of(string subject, bool isGrave, string message = "Not confirmed.") => new("KU-1107", subject, message,
        $"{(isGrave ? "Type YES" : "Answer with y")} on a terminal, or add --yes.");
}
