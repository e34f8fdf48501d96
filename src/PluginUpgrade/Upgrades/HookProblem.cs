using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>Problems of the operator's hooks.</summary>
public static class HookProblem
{
    public static Problem Before(OperatorHook hook, string fault) => new("KU-3240", "Hooks:Before",
        $"{fault} No target was changed.", $"Fix the cause, then run the same command. The hook is: {hook.Command}");

    public static Problem After(OperatorHook hook, string fault) => new("KU-5040", "Hooks:After",
        $"{fault} The upgrade itself succeeded: the targets are up to date.",
        $"Fix the cause, then run the hook by hand; the same command would find nothing to do. The hook is: {hook.Command}");

    public static Problem OnFailure(OperatorHook hook, string fault) => new("KU-5041", "Hooks:OnFailure", fault,
        $"Fix the cause, then run the hook by hand. The hook is: {hook.Command}");
}
