namespace PluginUpgrade.Instances;

/// <summary>The instances that the user asks for.</summary>
public sealed record InstanceFilter
{
    public static InstanceFilter All { get; } = new();

    /// <summary>Names or patterns: <c>*</c> is any number of characters, <c>?</c> is one.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>As in <c>ring=canary</c>: any value of the same key, and all keys.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Names or patterns of instances to leave out.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Of the chosen instances, only those whose last try failed.</summary>
    public bool OnlyFailed { get; init; }

    /// <summary>Whether only some instances are meant, and not the installation.</summary>
    public bool OnlyInstances => Names.Count > 0 || Labels.Count > 0 || OnlyFailed;

    /// <summary>The filter as command-line words, each after a blank: for a command on the same instances.</summary>
    public string Words()
    {
        List<string> words = [.. Names, .. Each("--label", Labels), .. Each("--exclude", Excluded)];
        if (OnlyFailed) words.Add("--only-failed");
        return string.Concat(words.Select(word => $" {NextCommand.Quote(word)}"));
    }

    private static IEnumerable<string> Each(string option, IReadOnlyList<string> values) =>
        values.SelectMany(value => new[] { option, value });
}
