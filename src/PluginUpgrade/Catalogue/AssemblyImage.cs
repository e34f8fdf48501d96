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
        if (!file.HasMetadata) throw new BadImageFormatException("It is no .NET assembly.");
        Reader = file.GetMetadataReader();
        if (!Reader.IsAssembly) throw new BadImageFormatException("It is a .NET module without an assembly's manifest.");
        var definition = Reader.GetAssemblyDefinition();
        (Name, Version) = (Reader.GetString(definition.Name), definition.Version);
    }

    public MetadataReader Reader { get; }

    public string Name { get; }

    public Version Version { get; }

    /// <summary>What references into other assemblies were found to be.</summary>
    public Dictionary<EntityHandle, TypeAt?> Resolved { get; } = [];

    /// <exception cref="BadImageFormatException">It is no assembly.</exception>
    public static AssemblyImage Of(byte[] bytes)
    {
        var file = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(bytes));
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
