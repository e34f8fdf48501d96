namespace PluginUpgrade.Catalogue;

/// <summary>
/// A problem of the drop folder, and the module that it affects. A problem of an assembly with several modules is listed once for each of
/// them, with the same <see cref="Problem"/>: a caller that shows all problems must remove the duplicates.
/// </summary>
/// <param name="Component">The component of the affected module; empty for the product, and where the problem affects every run.</param>
/// <param name="Version">The version of the affected module; null where it is unknown: the problem then affects every run.</param>
public sealed record CatalogueProblem(Problem Problem, string Component = "", UpgradeVersion? Version = null)
{
    /// <summary>Another user could change code that is loaded: this refuses every run, whichever modules it needs.</summary>
    public bool IsOfSecurity => Problem.Code == ModuleProblem.InsecureCode;
}
