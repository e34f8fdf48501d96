namespace PluginUpgrade.Catalogue;

/// <summary>
/// A problem of the drop folder, and whom it concerns. A problem of an assembly with several modules is given once for each of them, with
/// the same <see cref="Problem"/>, so a caller that shows all of them shows the distinct ones.
/// </summary>
/// <param name="Component">The component of the module that it concerns; empty for the product, and where it concerns every run.</param>
/// <param name="Version">The version of the module that it concerns: null where that cannot be told, so that it concerns every run.</param>
public sealed record CatalogueProblem(Problem Problem, string Component = "", UpgradeVersion? Version = null)
{
    /// <summary>Others could change what is loaded: then it does not matter which of the modules is wanted.</summary>
    public bool IsOfSecurity => Problem.Code == ModuleProblem.InsecureCode;
}
