using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Loading;

/// <summary>The DLL that a class is loaded from, as the catalogue read it.</summary>
internal sealed record CodeOrigin(
    string File, string Sha256, string? Folder, bool OwnsFolder, IReadOnlyDictionary<string, string> Dependencies);

/// <summary>
/// Loads classes of the drop folder from private copies, and makes something of each. Runs their code for the first time.
/// </summary>
/// <typeparam name="TClass">What the catalogue knows of a class.</typeparam>
/// <typeparam name="TMade">What is made of it.</typeparam>
internal abstract class CodeLoader<TClass, TMade> where TClass : notnull where TMade : class
{
    /// <summary>Generous, for a slow disk: the code that runs here should do no work.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public Dictionary<TClass, TMade> Made { get; } = [];

    public List<CatalogueProblem> Found { get; } = [];

    /// <param name="limit">The limit for the classes of one file; null, or a longer one: <see cref="Limit"/>.</param>
    /// <returns>The copies, to be removed when nothing is loaded from them any more; null where there are none.</returns>
    public CopyDirectory? Load(IEnumerable<TClass> classes, TimeSpan? limit, ModuleCopies? copies)
    {
        var files = classes.Distinct().GroupBy(one => OriginOf(one).File, StringComparer.Ordinal).Select(file => file.ToList()).ToList();
        if (files.Count == 0) return null;
        var (directory, problem) = CopyDirectory.Make(copies ?? new ModuleCopies());
        if (problem is not null) Found.Add(new CatalogueProblem(problem));
        for (var i = 0; i < files.Count && directory is not null; i++)
            if (!LoadFile(files[i], directory, $"{i}", limit is { } given && given < Limit ? given : Limit)) break;
        return directory;
    }

    protected abstract CodeOrigin OriginOf(TClass one);

    /// <summary>Runs the class's code, so any exception is possible: it becomes the problem.</summary>
    protected abstract (TMade? Made, Problem? Problem) Make(TClass one, Assembly assembly);

    protected abstract Problem Unloadable(TClass one, Exception e);

    protected abstract Problem Hangs(TClass one, TimeSpan limit);

    protected abstract CatalogueProblem Concerning(TClass one, Problem problem);

    /// <summary>The class in the loaded assembly, if it implements the interface of this krang-upgrade.</summary>
    protected Type? TypeIn(Assembly assembly, string name, Type contract, TClass one, out Problem? problem)
    {
        problem = null;
        try
        {
            var type = assembly.GetType(name, throwOnError: true)!;
            return contract.IsAssignableFrom(type) ? type
                : throw new InvalidCastException($"It does not implement the {contract.Name} of this krang-upgrade.");
        }
        catch (Exception e)
        {
            problem = Unloadable(one, e);
            return null;
        }
    }

    /// <summary>What the code threw, without what reflection put around it.</summary>
    protected static Exception Thrown(Exception e)
    {
        while (e is TargetInvocationException or TypeInitializationException && e.InnerException is { } inner) e = inner;
        return e;
    }

    /// <summary>Loads on another thread, which is abandoned if the code does not end in time.</summary>
    /// <returns>False where copies cannot be made: then not for the other files either.</returns>
    private bool LoadFile(List<TClass> classes, CopyDirectory directory, string name, TimeSpan limit)
    {
        var what = $"{Problem.Join([.. classes.Select(one => $"{one}")])}, being loaded";
        var loading = Task.Run(() => ModulesAtWork.DuringAsync(what, () => Task.FromResult(LoadFile(classes, directory, name))));
#pragma warning disable VSTHRD002 // With a limit, because the code may never end; the result is read only after completion.
        var ended = loading.Wait(limit);
        var (made, found) = ended ? loading.Result : ([], [.. classes.Select(one => Concerning(one, Hangs(one, limit)))]);
#pragma warning restore VSTHRD002
        foreach (var (one, value) in made) Made[one] = value;
        Found.AddRange(found);
        return !found.Any(one => one.Problem.Code == ModuleProblem.NoCopyCode);
    }

    /// <summary>Its results are its own until it has ended: it may be abandoned, and go on.</summary>
    private (List<(TClass, TMade)> Made, List<CatalogueProblem> Found) LoadFile(List<TClass> classes, CopyDirectory directory, string name)
    {
        List<(TClass, TMade)> made = [];
        List<CatalogueProblem> found = [];
        Assembly assembly;
        try
        {
            var origin = OriginOf(classes[0]);
            var copy = ModuleCopy.Make(
                new ModuleFile(origin.File, origin.Folder) { OwnsFolder = origin.OwnsFolder }, Path.Join(directory.Path, name));
            List<Problem> wrong = [.. Moved(classes, copy).Select(ModuleProblem.Moved)];
            if (copy.Native is { } native && !directory.MayExecute) wrong.Add(ModuleProblem.NoExecution(directory.Parent, native));
            foreach (var problem in wrong) found.AddRange(classes.Select(one => Concerning(one, problem)));
            if (wrong.Count > 0) return (made, found);
            assembly = PluginContext.Load(copy);
            ResolveReferences(assembly, copy.MainBytes);
        }
        catch (CopyFailedException e)
        {
            return (made, [new CatalogueProblem(ModuleProblem.NoCopy(directory.Parent, e.Message))]);
        }
        catch (Exception e)
        {
            return (made, [.. classes.Select(one => Concerning(one, Unloadable(one, e)))]);
        }
        foreach (var one in classes)
        {
            var (value, problem) = Make(one, assembly);
            if (value is not null) made.Add((one, value));
            else found.Add(Concerning(one, problem!));
        }
        return (made, found);
    }

    /// <summary>The files that have changed since the catalogue read them.</summary>
    private IEnumerable<string> Moved(List<TClass> classes, ModuleCopy copy) => classes.Select(OriginOf)
        .SelectMany(origin => origin.Dependencies.Append(KeyValuePair.Create(origin.File, origin.Sha256)))
        .Where(seen => copy.Hashes.GetValueOrDefault(seen.Key) != seen.Value)
        .Select(seen => seen.Key).Distinct();

    /// <summary>
    /// Resolves every type and member of other assemblies that the assembly refers to: a missing one is found now, and not in the middle of
    /// a step. (Compiling the methods would not find it: the runtime defers that error until the call.)
    /// </summary>
    private static void ResolveReferences(Assembly assembly, byte[] bytes)
    {
        using var image = AssemblyImage.Of(bytes);
        for (var row = 1; row <= image.Reader.GetTableRowCount(TableIndex.TypeRef); row++)
            assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(MetadataTokens.TypeReferenceHandle(row)));
        foreach (var handle in image.Reader.MemberReferences)
        {
            // A member of a generic type cannot be resolved without the type arguments; its types were resolved above.
            if (image.Reader.GetMemberReference(handle).Parent.Kind == HandleKind.TypeReference)
                assembly.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle));
        }
    }
}
