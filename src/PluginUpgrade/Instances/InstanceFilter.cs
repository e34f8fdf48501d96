namespace PluginUpgrade.Instances;

/// <summary>Which instances the user asks for.</summary>
public sealed record InstanceFilter
{
    public static InstanceFilter All { get; } = new();

    /// <summary>Names, or patterns of them: <c>*</c> is any number of letters, <c>?</c> is one.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>As in <c>ring=canary</c>: of one key any of the values, of several keys all of them.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Names or patterns of instances to leave out.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Of these, only instances whose last try failed.</summary>
    public bool OnlyFailed { get; init; }

    /// <summary>Whether it is only some instances, and so not the installation.</summary>
    public bool OnlyInstances => Names.Count > 0 || Labels.Count > 0 || OnlyFailed;

    /// <summary>The same as it is typed, each word after a blank: for a command that is about the same instances.</summary>
    public string Words()
    {
        List<string> words = [.. Names, .. Each("--label", Labels), .. Each("--exclude", Excluded)];
        if (OnlyFailed) words.Add("--only-failed");
        return string.Concat(words.Select(word => $" {NextCommand.Quote(word)}"));
    }

    private static IEnumerable<string> Each(string option, IReadOnlyList<string> values) =>
        values.SelectMany(value => new[] { option, value });
}
