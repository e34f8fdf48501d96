namespace PluginUpgrade;

/// <summary>How much of a step outside a transaction is applied, as its module reports it.</summary>
public enum StepEffect
{
    /// <summary>The module cannot tell.</summary>
    Unknown,

    /// <summary>Nothing: the step is run.</summary>
    NotApplied,

    /// <summary>
    /// A part: the step is run again if the module is <see cref="UpgradeModuleAttribute.Repeatable"/>; else the operator must inspect the
    /// target.
    /// </summary>
    Partial,

    /// <summary>Everything: the step is recorded as done.</summary>
    Applied,
}
