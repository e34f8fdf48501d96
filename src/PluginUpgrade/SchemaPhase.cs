namespace PluginUpgrade;

/// <summary>When a declared change is made, relative to the others of its version and to the version's module.</summary>
public enum SchemaPhase
{
    /// <summary>Before the step, in a transaction of its own, repeatable: values of an enumerated type.</summary>
    Values,

    /// <summary>Before the module: what is new, and what is renamed.</summary>
    Expand,

    /// <summary>After the module, before anything is removed: constraints are validated, keys and indexes made, nulls forbidden.</summary>
    Demand,

    /// <summary>Last: what ends at this version is removed.</summary>
    Contract,
}
