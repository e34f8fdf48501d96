using System.Diagnostics;

namespace PluginUpgrade.Journals;

/// <summary>The words in the journal's columns.</summary>
internal static class JournalText
{
    public static string Of(Scope scope) => scope == Scope.Installation ? "installation" : "instance";

    public static Scope ScopeOf(string text) => text == "installation" ? Scope.Installation : Scope.Instance;

    public static StepState State(string text) => text switch
    {
        "baseline" => StepState.Baseline,
        "running" => StepState.Running,
        "failed" => StepState.Failed,
        "done" => StepState.Done,
        _ => throw new UnreachableException($"The table's CHECK does not allow the state '{text}'."),
    };
}
