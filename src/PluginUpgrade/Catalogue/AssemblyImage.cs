using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace PluginUpgrade.Catalogue;

/// <summary>The metadata of one assembly. None of its code is run.</summary>
internal sealed class AssemblyImage : IDisposable
{
    private readonly PEReader _file;

    private AssemblyImage(PEReader file)
    {
        _file = file;
        if (!file.HasMetadata) throw new BadImageFormatException("It is not a .NET assembly.");
        Reader = file.GetMetadataReader();
        if (!Reader.IsAssembly) return;
        var definition = Reader.GetAssemblyDefinition();
        (Name, Version) = (Reader.GetString(definition.Name), definition.Version);
    }

    public MetadataReader Reader { get; }

    /// <summary>Empty for a .netmodule: a part of an assembly, without an assembly manifest.</summary>
    public string Name { get; } = "";

    public Version Version { get; } = new();

    /// <summary>A cache: the definitions that references into other assemblies were resolved to.</summary>
    public Dictionary<EntityHandle, TypeAt?> Resolved { get; } = [];

    /// <exception cref="BadImageFormatException">The bytes are not an assembly.</exception>
    public static AssemblyImage Of(byte[] bytes)
    {
        var image = Of(new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(bytes)));
        if (image.Name.Length > 0) return image;
        image.Dispose();
        throw new BadImageFormatException("It is a .NET module without an assembly's manifest.");
    }

    /// <summary>Reads only the file's metadata. Null where the file has none: it is native code.</summary>
    /// <exception cref="BadImageFormatException">The file is damaged.</exception>
    public static AssemblyImage? TryOpen(string path)
    {
        var file = new PEReader(OrdinaryFile.Open(path), PEStreamOptions.PrefetchMetadata);
        if (file.HasMetadata) return Of(file);
        file.Dispose();
        return null;
    }

    private static AssemblyImage Of(PEReader file)
    {
        try
        {
            return new AssemblyImage(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary><c>Base&lt;T&gt;</c> for <c>Base&lt;int&gt;</c>. It is never another specification, so that following it ends.</summary>
    public static EntityHandle GenericOf(MetadataReader reader, TypeSpecificationHandle handle)
    {
        var signature = reader.GetBlobReader(reader.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return default;
        signature.ReadByte();
        var generic = signature.ReadTypeHandle();
        return generic.Kind == HandleKind.TypeSpecification ? default : generic;
    }

    /// <summary>The method's instructions; null where it has none.</summary>
    public byte[]? CodeOf(MethodDefinition method) => method.RelativeVirtualAddress == 0 ? null
        : _file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes();

    public void Dispose() => _file.Dispose();
}

/// <summary>A class or an interface, with the assembly that defines it.</summary>
internal readonly record struct TypeAt(AssemblyImage Image, TypeDefinitionHandle Handle)
{
    public MetadataReader Reader => Image.Reader;

    public TypeDefinition Definition => Image.Reader.GetTypeDefinition(Handle);
}

/// <summary>A method, with the type that declares it.</summary>
/// <param name="Handle">Nil where the module's own metadata do not say which method it is.</param>
internal readonly record struct MethodAt(TypeAt Type, MethodDefinitionHandle Handle);
