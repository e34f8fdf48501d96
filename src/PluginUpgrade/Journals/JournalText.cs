using System.Diagnostics;

namespace PluginUpgrade.Journals;

/// <summary>The words in the journal's columns.</summary>
internal static class JournalText
{
    /// <summary>
    /// Who ran a step and where, in the column <c>host</c>: <c>anna@db-admin</c>. Earlier releases wrote only the machine.
    /// </summary>
    public static string WhoAndWhere(string person, string machine) => $"{Postgres.FailureText.Ascii(person)}@{machine}";

    /// <summary>Splits at the last @: a person's name may contain one, a machine's does not.</summary>
    public static (string Person, string Machine) WhoAndWhere(string host)
    {
        var at = host.LastIndexOf('@');
        return at < 0 ? ("", host) : (host[..at], host[(at + 1)..]);
    }

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

    /// <returns>Null where the text is not a state.</returns>
    public static StepState? StateOf(string text) => text switch
    {
        "baseline" => StepState.Baseline,
        "running" => StepState.Running,
        "failed" => StepState.Failed,
        "done" => StepState.Done,
        _ => null,
    };
}
