namespace PluginUpgrade.Drift;

public enum DifferenceKind
{
    Missing,
    Extra,
    Different,
}

/// <summary>One difference between a target's schema and what is declared.</summary>
/// <param name="Item">As in <c>column users.zip</c>.</param>
/// <param name="Found">What the target has; empty where it has nothing.</param>
/// <param name="Declared">What is declared; empty where nothing is.</param>
/// <param name="Mend">The statements that would make the target as declared. A comment where nothing simple does.</param>
public sealed record Difference(DifferenceKind Kind, string Item, string Found, string Declared, IReadOnlyList<string> Mend);
