using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>A part of an assembly (.netmodule): it has classes, and no manifest that makes an assembly of it.</summary>
internal static class BareModule
{
    /// <param name="type">A public class that implements the contract.</param>
    public static byte[] Of(string type)
    {
        var rows = new MetadataBuilder();
        rows.AddModule(0, rows.GetOrAddString($"{type}.netmodule"), rows.GetOrAddGuid(Guid.NewGuid()), default, default);
        var sdk = rows.AddAssemblyReference(
            rows.GetOrAddString("PluginUpgrade.Sdk"), new Version(0, 1, 0, 0), default, default, default, default);
        var contract = rows.AddTypeReference(sdk, rows.GetOrAddString(nameof(PluginUpgrade)), rows.GetOrAddString(nameof(IUpgradeModule)));
        var (fields, methods) = (MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        rows.AddTypeDefinition(default, default, rows.GetOrAddString("<Module>"), default, fields, methods);
        var module = rows.AddTypeDefinition(TypeAttributes.Public, default, rows.GetOrAddString(type), default, fields, methods);
        rows.AddInterfaceImplementation(module, contract);
        var file = new ManagedPEBuilder(new PEHeaderBuilder(), new MetadataRootBuilder(rows), new BlobBuilder());
        var bytes = new BlobBuilder();
        file.Serialize(bytes);
        return bytes.ToArray();
    }
}
