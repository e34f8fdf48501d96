namespace PluginUpgrade;

/// <summary>
/// A table of the live schema that an <see cref="ISideBySideModule"/> moves unchanged into the new schema at the exchange, instead of
/// copying it. <see cref="SideBySideContext.Carry"/> must be called for the same tables.
/// </summary>
/// <remarks>
/// Read from metadata, also of base classes, since the plan must show it. Not for instances that are a whole database.
/// </remarks>
/// <param name="table">The table's name, unquoted, without its schema.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class CarriesAttribute(string table) : Attribute
{
    /// <summary>The table's name as it was written. An empty one is a problem of the module.</summary>
    public string Table { get; } = table;
}
