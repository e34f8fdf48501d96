namespace PluginUpgrade.Checks;

/// <summary>This machine has cultures, which modules and logins may need.</summary>
public static class CultureCheck
{
    /// <param name="missing">Why there are no cultures; null where there are.</param>
    /// <param name="install">How to install ICU on this machine.</param>
    public static IEnumerable<Problem> Find(string? missing, string install)
    {
        if (missing is null) yield break;
        yield return new Problem("KU-3206", "",
            $"This machine has no cultures: {missing}. A module that asks for one fails, texts are sorted by their bytes, and logins with "
            + "passwords that contain non-ASCII letters may be refused.",
            install, Severity.Warning);
    }
}
