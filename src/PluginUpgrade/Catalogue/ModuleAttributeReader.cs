using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <summary>The values of <see cref="UpgradeModuleAttribute"/> on one class.</summary>
internal sealed record ModuleDeclaration(string? Version)
{
    public string Component { get; init; } = "";

    public string Description { get; init; } = "";

    public bool Transactional { get; init; } = true;

    public bool Repeatable { get; init; }

    public bool Irreversible { get; init; }
}

/// <summary>Reads the attribute from its bytes (ECMA-335, II.23.3), so that no type of the module is loaded.</summary>
internal static class ModuleAttributeReader
{
    private const byte Property = 0x54;
    private const byte Boolean = 0x02;
    private const byte Text = 0x0e;

    public static ModuleDeclaration? Read(TypeAt type)
    {
        foreach (var (_, value) in SdkAttributes(type, nameof(UpgradeModuleAttribute))) return Decode(value);
        return null;
    }

    /// <summary>The class's attributes that the Sdk defines under these names.</summary>
    public static IEnumerable<(string Name, BlobReader Value)> SdkAttributes(TypeAt type, params IReadOnlyList<string> names)
    {
        foreach (var handle in type.Definition.GetCustomAttributes())
        {
            var attribute = type.Reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference) continue;
            var parent = type.Reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            foreach (var name in names)
                if (Ancestry.IsSdkType(type.Reader, parent, name)) yield return (name, type.Reader.GetBlobReader(attribute.Value));
        }
    }

    /// <summary>The constructor's string arguments in order, and the string properties.</summary>
    public static (string[] Arguments, Dictionary<string, string> Properties) Texts(BlobReader value, int arguments)
    {
        Begin(ref value);
        var texts = new string[arguments];
        for (var i = 0; i < arguments; i++) texts[i] = value.ReadSerializedString() ?? "";
        Dictionary<string, string> properties = [];
        for (var left = value.ReadUInt16(); left > 0; left--)
        {
            if (value.ReadByte() != Property || value.ReadByte() != Text) break;
            var name = value.ReadSerializedString() ?? "";
            properties[name] = value.ReadSerializedString() ?? "";
        }
        return (texts, properties);
    }

    private static void Begin(ref BlobReader value)
    {
        if (value.ReadUInt16() != 1) throw new BadImageFormatException("An attribute has a wrong prolog.");
    }

    private static ModuleDeclaration Decode(BlobReader value)
    {
        Begin(ref value);
        var declaration = new ModuleDeclaration(value.ReadSerializedString());
        foreach (var (name, text, flag) in NamedValues(value))
        {
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

    /// <summary>The properties of an attribute whose constructor has no parameters.</summary>
    public static IEnumerable<(string Name, string Text, bool Flag)> Properties(BlobReader value)
    {
        Begin(ref value);
        return NamedValues(value);
    }

    private static IEnumerable<(string Name, string Text, bool Flag)> NamedValues(BlobReader value)
    {
        for (var left = value.ReadUInt16(); left > 0; left--)
        {
            // A newer Sdk may have properties of other types. Another check reports the newer Sdk (KU-2016), so stop here without a
            // problem.
            if (value.ReadByte() != Property) break;
            var kind = value.ReadByte();
            if (kind is not (Boolean or Text)) break;
            var name = value.ReadSerializedString() ?? "";
            yield return kind == Text ? (name, value.ReadSerializedString() ?? "", false) : (name, "", value.ReadByte() != 0);
        }
    }
}
