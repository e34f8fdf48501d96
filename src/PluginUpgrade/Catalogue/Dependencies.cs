namespace PluginUpgrade.Catalogue;

/// <summary>
/// Whether everything that a module was built against will be there: with the host, with .NET, or in the module's own folder. The runtime
/// would find out only in the middle of a step; and it would take from krang-upgrade what the module forgot to bring, without a word.
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

    /// <summary>The assembly in the module's folder that answers the need, where it is one of these.</summary>
    /// <param name="isDirect">
    /// Compilers leave out what the module does not use itself; of what its libraries use it may need nothing, and run well without.
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

/// <summary>An assembly that <paramref name="By"/> (the module's, or one that it brings) was built against.</summary>
internal sealed record Need(ModuleFile File, string By, string Name, Version Version)
{
    public override string ToString() => $"{Name} {Version}";
}
