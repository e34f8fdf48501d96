using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <summary>What <see cref="UpgradeModuleAttribute"/> says on one class.</summary>
internal sealed record ModuleDeclaration(string? Version)
{
    public string Component { get; init; } = "";

    public string Description { get; init; } = "";

    public bool Transactional { get; init; } = true;

    public bool Repeatable { get; init; }

    public bool Irreversible { get; init; }
}

/// <summary>Reads the attribute from its bytes (ECMA-335, II.23.3), so that no type of the module needs to be loaded.</summary>
internal static class ModuleAttributeReader
{
    private const byte Property = 0x54;
    private const byte Boolean = 0x02;
    private const byte Text = 0x0e;

    public static ModuleDeclaration? Read(TypeAt type)
    {
        foreach (var handle in type.Definition.GetCustomAttributes())
        {
            var attribute = type.Reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference) continue;
            var constructor = type.Reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor);
            if (Ancestry.IsSdkType(type.Reader, constructor.Parent, nameof(UpgradeModuleAttribute)))
                return Decode(type.Reader.GetBlobReader(attribute.Value));
        }
        return null;
    }

    private static ModuleDeclaration Decode(BlobReader value)
    {
        if (value.ReadUInt16() != 1) throw new BadImageFormatException("An attribute does not begin as attributes do.");
        var declaration = new ModuleDeclaration(value.ReadSerializedString());
        for (var left = value.ReadUInt16(); left > 0; left--)
        {
            // A newer Sdk may know more properties, of other types: they come with its own problem, so stop without one.
            if (value.ReadByte() != Property) break;
            var kind = value.ReadByte();
            if (kind is not (Boolean or Text)) break;
            var name = value.ReadSerializedString();
            var (text, flag) = kind == Text ? (value.ReadSerializedString() ?? "", false) : ("", value.ReadByte() != 0);
            declaration = name switch
            {
                nameof(UpgradeModuleAttribute.Component) => declaration with { Component = text },
                nameof(UpgradeModuleAttribute.Description) => declaration with { Description = text },
                nameof(UpgradeModuleAttribute.Transactional) => declaration with { Transactional = flag },
                nameof(UpgradeModuleAttribute.Repeatable) => declaration with { Repeatable = flag },
                nameof(UpgradeModuleAttribute.Irreversible) => declaration with { Irreversible = flag },
                _ => declaration,
            };
        }
        return declaration;
    }
}
