namespace PluginUpgrade;

/// <summary>How much of a step outside a transaction is there, as its module finds it.</summary>
public enum StepEffect
{
    /// <summary>The module cannot tell.</summary>
    Unknown,

    /// <summary>Nothing of it: it is run.</summary>
    NotApplied,

    /// <summary>
    /// Some of it: it is run again where the module is <see cref="UpgradeModuleAttribute.Repeatable"/>, else someone must look.
    /// </summary>
    Partial,

    /// <summary>All of it: it is recorded as done.</summary>
    Applied,
}
