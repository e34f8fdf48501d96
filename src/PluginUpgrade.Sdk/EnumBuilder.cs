namespace PluginUpgrade;

/// <summary>Declares the values of an enumerated type.</summary>
public sealed class EnumBuilder
{
    private readonly DeclaredEnum _type;

    internal EnumBuilder(DeclaredEnum type) => _type = type;

    /// <summary>The values that it has from the beginning, in order.</summary>
    public EnumBuilder Values(params string[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _type.Values.AddRange(values);
        return this;
    }

    /// <summary>
    /// A value that was added or renamed later. An added one is committed before the version's other changes and its module, because
    /// PostgreSQL does not let a transaction use a value that it added. A value cannot be removed.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="since">The version that adds or renames it.</param>
    /// <param name="after">The value after which it is added; null: at the end. Must not be given for a renamed one.</param>
    /// <param name="renamedFrom">The value that is renamed; null: it is added.</param>
    public EnumBuilder Value(string value, Since since, string? after = null, string? renamedFrom = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        _type.Later.Add(new DeclaredEnumValue(value, since, after, renamedFrom));
        return this;
    }
}
