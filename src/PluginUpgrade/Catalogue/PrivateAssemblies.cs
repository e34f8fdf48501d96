using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <summary>The assemblies that a module brings, opened on demand; resolves type references between them.</summary>
/// <param name="fileOf">The expected path of an assembly, by its name; null where there is none.</param>
internal sealed class PrivateAssemblies(AssemblyImage main, Func<string, string?> fileOf) : IDisposable
{
    /// <summary>More than any library needs. The limit ends the loop where assemblies forward a type to each other.</summary>
    private const int MaxForwards = 16;

    private readonly Dictionary<string, (AssemblyImage? Image, string? Failure)> _opened = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The assembly with this name: no image where the module does not bring it; a sentence where its file cannot be read.
    /// </summary>
    public (AssemblyImage? Image, string? Failure) Find(string name)
    {
        if (name.Equals(main.Name, StringComparison.OrdinalIgnoreCase)) return (main, null);
        if (fileOf(name) is not { } path) return default;
        if (!_opened.TryGetValue(name, out var opened)) _opened[name] = opened = Open(path);
        return opened;
    }

    /// <summary>The definition of a base class or interface; null where it belongs to krang-upgrade or .NET, or cannot be found.</summary>
    public TypeAt? Resolve(AssemblyImage image, EntityHandle type)
    {
        if (type.IsNil) return null;
        if (type.Kind == HandleKind.TypeDefinition) return new TypeAt(image, (TypeDefinitionHandle)type);
        if (image.Resolved.TryGetValue(type, out var found)) return found;
        image.Resolved[type] = null; // Ends a cycle in damaged metadata.
        return image.Resolved[type] = Follow(image, type);
    }

    private TypeAt? Follow(AssemblyImage image, EntityHandle type)
    {
        if (type.Kind == HandleKind.TypeSpecification)
            return Resolve(image, AssemblyImage.GenericOf(image.Reader, (TypeSpecificationHandle)type));
        if (type.Kind != HandleKind.TypeReference) return null;
        var reference = image.Reader.GetTypeReference((TypeReferenceHandle)type);
        var (space, name) = (image.Reader.GetString(reference.Namespace), image.Reader.GetString(reference.Name));
        if (reference.ResolutionScope.Kind == HandleKind.AssemblyReference)
            return In(image, (AssemblyReferenceHandle)reference.ResolutionScope, space, name);
        if (reference.ResolutionScope.Kind != HandleKind.TypeReference) return null;
        return Resolve(image, reference.ResolutionScope) is { } outer ? Named(outer.Image, space, name, outer.Handle) : null;
    }

    /// <summary>Looks the type up in a referenced assembly, and in those that it forwards the type to.</summary>
    private TypeAt? In(AssemblyImage image, AssemblyReferenceHandle handle, string space, string name)
    {
        for (var forwards = 0; forwards < MaxForwards; forwards++)
        {
            var assembly = image.Reader.GetAssemblyReference(handle);
            var file = image.Reader.GetString(assembly.Name);
            if (HostAssemblies.Supplies(file, assembly.Version) || Find(file).Image is not { } target) return null;
            if (Named(target, space, name, outer: default) is { } found) return found;
            if (ForwardOf(target, space, name) is not { IsNil: false } next) return null;
            (image, handle) = (target, next);
        }
        return null;
    }

    /// <param name="outer">The class that the type is nested in; nil: none.</param>
    private static TypeAt? Named(AssemblyImage image, string space, string name, TypeDefinitionHandle outer)
    {
        foreach (var handle in image.Reader.TypeDefinitions)
        {
            var type = image.Reader.GetTypeDefinition(handle);
            if (image.Reader.StringComparer.Equals(type.Name, name) && image.Reader.StringComparer.Equals(type.Namespace, space)
                && type.GetDeclaringType() == outer)
                return new TypeAt(image, handle);
        }
        return null;
    }

    private static AssemblyReferenceHandle ForwardOf(AssemblyImage image, string space, string name)
    {
        foreach (var type in image.Reader.ExportedTypes.Select(image.Reader.GetExportedType))
        {
            if (image.Reader.StringComparer.Equals(type.Name, name) && image.Reader.StringComparer.Equals(type.Namespace, space)
                && type.Implementation.Kind == HandleKind.AssemblyReference)
                return (AssemblyReferenceHandle)type.Implementation;
        }
        return default;
    }

    /// <summary>The SHA-256 of each opened file, by path: the files that are loaded later must be the same.</summary>
    public Dictionary<string, string> Hashes { get; } = new(StringComparer.Ordinal);

    private (AssemblyImage?, string?) Open(string path)
    {
        if (!File.Exists(path) && new FileInfo(path).LinkTarget is null) return default;
        try
        {
            var bytes = OrdinaryFile.ReadAll(path);
            Hashes[path] = ModuleFolder.HashOf(bytes);
            return (AssemblyImage.Of(bytes), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
        catch (Exception e) when (ModuleReader.IsMangled(e))
        {
            return (null, "It is not a .NET assembly, or it is damaged.");
        }
    }

    public void Dispose()
    {
        foreach (var (image, _) in _opened.Values) image?.Dispose();
    }
}
