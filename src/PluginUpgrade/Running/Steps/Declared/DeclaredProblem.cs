using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps.Declared;

internal static class DeclaredProblem
{
    public static Problem ChangedMeanwhile(UpgradeStep step) => new("KU-5061", $"{step}",
        "A part of the version's declared changes is committed, and the declaration of that part has changed since.",
        "Put the earlier declaration back, and run the same command: it finishes the version. Then declare the difference at a newer one.");

    public static Problem ValueInDryRun(UpgradeStep step, string error) => new("KU-5062", $"{step}",
        $"A dry run is one transaction, and PostgreSQL lets no transaction use a value that it has added to an enumerated type: {error}. "
            + "An upgrade adds such values before the step.",
        "Try the upgrade on a copy of the instance instead.");
}
