using System.Diagnostics;

namespace PluginUpgrade.Journals;

/// <summary>The words in the journal's columns.</summary>
internal static class JournalText
{
    public static string Of(Scope scope) => scope == Scope.Installation ? "installation" : "instance";

    /// <returns>Null where the text is neither.</returns>
    public static Scope? ScopeOf(string text) => text switch
    {
        "installation" => Scope.Installation,
        "instance" => Scope.Instance,
        _ => null,
    };

    public static StepState State(string text) =>
        StateOf(text) ?? throw new UnreachableException($"The table's CHECK does not allow the state '{text}'.");

    /// <returns>Null where the text is none.</returns>
    public static StepState? StateOf(string text) => text switch
    {
        "baseline" => StepState.Baseline,
        "running" => StepState.Running,
        "failed" => StepState.Failed,
        "done" => StepState.Done,
        _ => null,
    };
}
