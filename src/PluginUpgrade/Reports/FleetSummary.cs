namespace PluginUpgrade.Reports;

/// <summary>
/// A fleet in a few lines, whatever its size: how many targets are at which version, which lag behind, which have trouble and why.
/// </summary>
public sealed class FleetSummary
{
    private readonly Dictionary<string, int> _statuses = [];
    private readonly Dictionary<(UpgradeVersion? Version, string Pending), List<string>> _places = [];
    private readonly Dictionary<(string Status, string Why), List<string>> _troubles = [];

    /// <summary>How many names are kept for each group.</summary>
    private const int Examples = 6;

    public sealed record Group(int Count, IReadOnlyList<string> Examples)
    {
        public override string ToString() =>
            string.Join(", ", Examples.Take(5)) + (Count > 5 ? $" and {Count - 5} more" : "");
    }

    public int Count { get; private set; }

    public int Lagging { get; private set; }

    /// <summary>Most frequent first.</summary>
    public IEnumerable<(string Status, int Count)> Statuses =>
        _statuses.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value));

    /// <summary>The versions of targets and what is pending for them; newest first, unknown versions last.</summary>
    public IEnumerable<(UpgradeVersion? Version, string Pending, Group Targets)> Places => _places
        .OrderByDescending(pair => pair.Key.Version is not null).ThenByDescending(pair => pair.Key.Version)
        .Select(pair => (pair.Key.Version, pair.Key.Pending, GroupOf(pair.Value)));

    /// <summary>
    /// What keeps targets from being upgraded, most frequent first. Errors that differ only in the target's own schema are one.
    /// </summary>
    public IEnumerable<(string Status, string Why, Group Targets)> Troubles => _troubles
        .Select(pair => (pair.Key.Status, pair.Key.Why, Targets: GroupOf(pair.Value)))
        .OrderByDescending(trouble => trouble.Targets.Count);

    public void Add(TargetStatus status)
    {
        Count++;
        if (status.Pending.Count > 0) Lagging++;
        _statuses[status.Status] = _statuses.GetValueOrDefault(status.Status) + 1;
        if (status.Status is not ("inactive" or "unreachable")) Add(_places, (status.Version, string.Join(", ", status.Pending)), status);
        if (status.Note.Length > 0) Add(_troubles, (status.Status, Common(status)), status);
    }

    private static string Common(TargetStatus status) => status.Note
        .Replace(PostgresName.Quote(status.Target.Schema), "<schema>", StringComparison.Ordinal)
        .Replace($"{status.Target.Schema}.", "<schema>.", StringComparison.Ordinal);

    /// <summary>Keeps the first few names, and only counts the others.</summary>
    private static void Add<T>(Dictionary<T, List<string>> groups, T key, TargetStatus status) where T : notnull
    {
        if (!groups.TryGetValue(key, out var names)) groups[key] = names = [];
        names.Add(names.Count < Examples ? $"{status.Target}" : "");
    }

    private static Group GroupOf(List<string> names) => new(names.Count, [.. names.Take(Examples)]);
}
