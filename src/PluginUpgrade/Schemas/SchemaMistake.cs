namespace PluginUpgrade.Schemas;

/// <summary>Something in a declaration that cannot be done, or is not what its author can have meant: KU-21xx.</summary>
/// <param name="Component">The component whose schema is not usable until it is corrected.</param>
public sealed record SchemaMistake(Problem Problem, string Component);
