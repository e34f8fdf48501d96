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
            foreach (var handle in image.Reader.AssemblyReferences)
            {
                var reference = image.Reader.GetAssemblyReference(handle);
                var wanted = new Need(file, image.Name, image.Reader.GetString(reference.Name), reference.Version);
                if (seen.Add((wanted.Name, wanted.Version)) && Check(wanted, assemblies, problems) is { } found) open.Enqueue(found);
            }
        }
        return problems;
    }

    /// <summary>The assembly in the module's folder that answers the need, where it is one of these.</summary>
    private static AssemblyImage? Check(Need need, PrivateAssemblies assemblies, List<Problem> problems)
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

        if (failure is not null) problems.Add(ModuleProblem.DependencyBroken(need, failure));
        else if (image is not null) problems.Add(ModuleProblem.DependencyTooOld(need, image.Version));
        else if (host is not null) problems.Add(ModuleProblem.NewerDotNet(need, host));
        else problems.Add(ModuleProblem.DependencyMissing(need));
        return null;
    }
}

/// <summary>An assembly that <paramref name="By"/> (the module's, or one that it brings) was built against.</summary>
internal sealed record Need(ModuleFile File, string By, string Name, Version Version)
{
    public override string ToString() => $"{Name} {Version}";
}
