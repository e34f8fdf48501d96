namespace PluginUpgrade;

/// <summary>
/// The names of one column or of several. Converted from a string with commas between the names (<c>"first, last"</c>), or from an array
/// of exact names, which may then contain anything.
/// </summary>
public readonly record struct ColumnList
{
    private readonly string[]? _names;

    private ColumnList(string[] names) => _names = names;

    /// <summary>The names, in order; empty only for <c>default</c>.</summary>
    public IReadOnlyList<string> Names => _names ?? [];

    /// <summary>Names with commas between them; spaces around a name are left out.</summary>
    public static implicit operator ColumnList(string names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new ColumnList(names.Split(',', StringSplitOptions.TrimEntries));
    }

    /// <summary>Exact names.</summary>
    public static implicit operator ColumnList(string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new ColumnList([.. names]);
    }

    /// <summary>The names with commas between them.</summary>
    public override string ToString() => string.Join(", ", Names);
}
