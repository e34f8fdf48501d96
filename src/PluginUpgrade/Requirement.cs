namespace PluginUpgrade;

/// <summary>A precondition that a module declares. A closed list.</summary>
public abstract record Requirement
{
    private Requirement() { }

    /// <summary>The target must have reached this version of the module's component, or a later one.</summary>
    public sealed record AtLeast(UpgradeVersion Version) : Requirement;

    /// <summary>The target must have exactly this version of the module's component right before the module runs.</summary>
    public sealed record Exactly(UpgradeVersion Version) : Requirement;

    /// <param name="Minimum">The oldest version that is enough; null: any version.</param>
    public sealed record Extension(string Name, UpgradeVersion? Minimum) : Requirement
    {
        /// <summary>Compares the leading numbers, as in <c>1.6</c> or <c>3.4.0dev</c>.</summary>
        public bool IsMetBy(string? installed)
        {
            if (installed is null || Minimum is null) return installed is not null;
            var numbers = string.Concat(installed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).TrimEnd('.');
            return UpgradeVersion.TryParse(numbers, out var version) && version >= Minimum;
        }
    }

    public sealed record Setting(string Name, string Value) : Requirement
    {
        public bool IsMetBy(string? shown) => string.Equals(shown, Value, StringComparison.OrdinalIgnoreCase);
    }

    /// <param name="Sql">The query must return true.</param>
    /// <param name="Why">What that means, for people.</param>
    public sealed record Query(string Sql, string Why) : Requirement;

    /// <summary>The requirement in messages.</summary>
    public sealed override string ToString() => this switch
    {
        AtLeast(var version) => $"version {version}",
        Exactly(var version) => $"exactly version {version}",
        Extension(var name, var minimum) => minimum is null ? $"extension {name}" : $"extension {name} {minimum}",
        Setting(var name, var value) => $"{name} = {value}",
        Query(_, var why) => why,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
