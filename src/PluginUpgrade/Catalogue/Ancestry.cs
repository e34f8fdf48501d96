using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <summary>A class or one of its base classes.</summary>
/// <param name="ListsContract">Whether it lists the contract as an interface, directly or through another interface that it lists.</param>
/// <param name="Interfaces">The interfaces that it lists and that the module's own assemblies define.</param>
internal sealed record Ancestor(TypeAt Type, bool ListsContract, IReadOnlyList<TypeAt> Interfaces)
{
    /// <summary>Whether it lists <see cref="ISideBySideModule"/> in the same way; that counts as listing the contract too.</summary>
    public bool ListsSideBySide { get; init; }

    /// <summary>Whether it lists <see cref="ISchemaDeclaration"/> in the same way.</summary>
    public bool ListsDeclaration { get; init; }
}

/// <summary>The inheritance of a module's classes, read from metadata.</summary>
internal static class Ancestry
{
    /// <summary>Deeper than any real class. The limit ends the loop where damaged metadata makes a class its own ancestor.</summary>
    private const int MaxDepth = 64;

    /// <summary>The class, its base class, and so on, as far as the module's own assemblies define them.</summary>
    public static List<Ancestor> Of(TypeAt type, PrivateAssemblies assemblies)
    {
        var ancestors = new List<Ancestor>(1);
        for (TypeAt? next = type; next is { } at && ancestors.Count < MaxDepth; next = assemblies.Resolve(at.Image, at.Definition.BaseType))
            ancestors.Add(Describe(at, assemblies));
        return ancestors;
    }

    private static Ancestor Describe(TypeAt type, PrivateAssemblies assemblies)
    {
        if (type.Definition.GetInterfaceImplementations().Count == 0) return new Ancestor(type, false, []);
        var (listsContract, listsSideBySide, listsDeclaration) = (false, false, false);
        var interfaces = new List<TypeAt>();
        Visit(type);
        for (var i = 0; i < interfaces.Count; i++) Visit(interfaces[i]);
        return new Ancestor(type, listsContract || listsSideBySide, interfaces)
        {
            ListsSideBySide = listsSideBySide,
            ListsDeclaration = listsDeclaration,
        };

        void Visit(TypeAt at)
        {
            foreach (var handle in at.Definition.GetInterfaceImplementations())
            {
                var implemented = at.Reader.GetInterfaceImplementation(handle).Interface;
                if (IsSdkType(at.Reader, implemented, nameof(IUpgradeModule))) listsContract = true;
                else if (IsSdkType(at.Reader, implemented, nameof(ISideBySideModule))) listsSideBySide = true;
                else if (IsSdkType(at.Reader, implemented, nameof(ISchemaDeclaration))) listsDeclaration = true;
                else if (assemblies.Resolve(at.Image, implemented) is { } found && !interfaces.Contains(found)) interfaces.Add(found);
            }
        }
    }

    public static bool IsSdkType(MetadataReader reader, EntityHandle handle, string name)
    {
        if (!Is(reader, handle, nameof(PluginUpgrade), name)) return false;
        var scope = reader.GetTypeReference((TypeReferenceHandle)handle).ResolutionScope;
        return scope.Kind == HandleKind.AssemblyReference
            && reader.StringComparer.Equals(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name, HostAssemblies.Sdk);
    }

    /// <summary>Whether the handle refers to a type of this name in another assembly.</summary>
    public static bool Is(MetadataReader reader, EntityHandle handle, string space, string name)
    {
        if (handle.Kind != HandleKind.TypeReference) return false;
        var reference = reader.GetTypeReference((TypeReferenceHandle)handle);
        return reader.StringComparer.Equals(reference.Name, name) && reader.StringComparer.Equals(reference.Namespace, space);
    }
}
