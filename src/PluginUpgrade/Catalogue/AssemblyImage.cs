using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace PluginUpgrade.Catalogue;

/// <summary>The metadata of one assembly. Nothing of it is ever run.</summary>
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

    /// <summary>Empty where it is a part of an assembly, without a manifest (.netmodule).</summary>
    public string Name { get; } = "";

    public Version Version { get; } = new();

    /// <summary>What references into other assemblies were found to be.</summary>
    public Dictionary<EntityHandle, TypeAt?> Resolved { get; } = [];

    /// <exception cref="BadImageFormatException">It is no assembly.</exception>
    public static AssemblyImage Of(byte[] bytes)
    {
        var image = Of(new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(bytes)));
        if (image.Name.Length > 0) return image;
        image.Dispose();
        throw new BadImageFormatException("It is a .NET module without an assembly's manifest.");
    }

    /// <summary>Reads no more of the file than metadata. Null where it holds none: it is native code then.</summary>
    /// <exception cref="BadImageFormatException">It is damaged.</exception>
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

    public void Dispose() => _file.Dispose();
}

/// <summary>A class or an interface in the assembly that defines it.</summary>
internal readonly record struct TypeAt(AssemblyImage Image, TypeDefinitionHandle Handle)
{
    public MetadataReader Reader => Image.Reader;

    public TypeDefinition Definition => Image.Reader.GetTypeDefinition(Handle);
}
