using PluginUpgrade.Catalogue.Signatures;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// Checks that every assembly that a module was built against is available: from krang-upgrade, from .NET, or in the module's own folder.
/// Without this check, the runtime would fail in the middle of a step, or silently use krang-upgrade's copy of an assembly that the module
/// does not bring.
/// </summary>
internal static class Dependencies
{
    public static List<Problem> Check(ModuleFile file, AssemblyImage main, PrivateAssemblies assemblies)
    {
        var problems = new List<Problem>();
        var seen = new HashSet<(string, Version)>();
        var open = new Queue<AssemblyImage>([main]);
        while (open.TryDequeue(out var image))
        {
            // The module's own references are looked up when it is loaded.
            if (image != main) problems.AddRange(Missing(file, image));
            foreach (var handle in image.Reader.AssemblyReferences)
            {
                var reference = image.Reader.GetAssemblyReference(handle);
                var wanted = new Need(file, image.Name, image.Reader.GetString(reference.Name), reference.Version);
                if (seen.Add((wanted.Name, wanted.Version)) && Check(wanted, image == main, assemblies, problems) is { } found)
                    open.Enqueue(found);
            }
        }
        return problems;
    }

    private static IEnumerable<Problem> Missing(ModuleFile file, AssemblyImage image) =>
        from missing in SharedAssembly.MissingIn(image)
        group missing.What by missing.Assembly into all
        select ModuleProblem.MissingInShared(file, image.Name, all.Key, HostAssemblies.VersionOf(all.Key), [.. all.Distinct()]);

    /// <summary>The assembly in the module's folder that meets the need; null where it comes from elsewhere, or from nowhere.</summary>
    /// <param name="isDirect">
    /// Whether the module itself refers to it: compilers leave out references that are not used. A library may refer to an assembly that
    /// the module never needs, so a missing indirect reference is only a warning.
    /// </param>
    private static AssemblyImage? Check(Need need, bool isDirect, PrivateAssemblies assemblies, List<Problem> problems)
    {
        var host = HostAssemblies.VersionOf(need.Name);
        if (HostAssemblies.IsShared(need.Name))
        {
            if (host is null || need.Version > host) problems.Add(ModuleProblem.NewerThanHost(need, host));
            return null;
        }
        if (HostAssemblies.Supplies(need.Name, need.Version)) return null;
        var (image, failure) = assemblies.Find(need.Name);
        if (image is not null && image.Version >= need.Version) return image;

        var problem = failure is not null ? ModuleProblem.DependencyBroken(need, failure)
            : image is not null ? ModuleProblem.DependencyTooOld(need, image.Version)
            : host is not null ? ModuleProblem.NewerDotNet(need, host) : ModuleProblem.DependencyMissing(need);
        problems.Add(isDirect || image is null && host is not null ? problem : ModuleProblem.Indirect(problem));
        return null;
    }
}

/// <summary>An assembly that <paramref name="By"/> (the module's assembly, or one that it brings) was built against.</summary>
internal sealed record Need(ModuleFile File, string By, string Name, Version Version)
{
    public override string ToString() => $"{Name} {Version}";
}
