using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>What goes wrong with the operator's hooks.</summary>
public static class HookProblem
{
    public static Problem Before(OperatorHook hook, string fault) => new("KU-3240", "Hooks:Before",
        $"{fault} No target was touched.", $"Deal with the cause, then run the same command. The hook is: {hook.Command}");

    public static Problem After(OperatorHook hook, string fault) => new("KU-5040", "Hooks:After",
        $"{fault} The upgrade itself went well: the targets stand where they should.",
        $"Deal with the cause, then run it by hand; the same command would find nothing to do. The hook is: {hook.Command}");

    public static Problem OnFailure(OperatorHook hook, string fault) => new("KU-5041", "Hooks:OnFailure", fault,
        $"Deal with the cause, then run it by hand. The hook is: {hook.Command}");
}
