namespace PluginUpgrade;

/// <summary>An expected failure: one or more problems.</summary>
public sealed class UpgradeException(IReadOnlyList<Problem> problems, Exception? inner = null)
    : Exception(string.Join(Environment.NewLine, problems), inner)
{
    public UpgradeException(Problem problem, Exception? inner = null) : this([problem], inner) { }

    public IReadOnlyList<Problem> Problems { get; } = problems;
}
