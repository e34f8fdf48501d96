using System.Reflection;
using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue.Signatures;

/// <summary>A class's name, and whether krang-upgrade could construct it, read from metadata.</summary>
internal readonly record struct ClassShape(TypeAt Type)
{
    /// <summary>The name without its namespace.</summary>
    public string Name => Type.Reader.GetString(Type.Definition.Name);

    /// <summary>The name as reflection spells it.</summary>
    public string FullName
    {
        get
        {
            var name = "";
            foreach (var outer in WithOuterClasses())
            {
                var own = Type.Reader.GetString(outer.Name);
                name = name.Length == 0 ? own : $"{own}+{name}";
                if (outer.GetDeclaringType().IsNil && !outer.Namespace.IsNil) name = $"{Type.Reader.GetString(outer.Namespace)}.{name}";
            }
            return name;
        }
    }

    /// <summary>What it is, so that it cannot be constructed; null: it can be.</summary>
    public string? Unconstructible()
    {
        var definition = Type.Definition;
        if ((definition.Attributes & TypeAttributes.Abstract) != 0) return "abstract";
        if (definition.GetGenericParameters().Count > 0) return "generic";
        if (Ancestry.Is(Type.Reader, definition.BaseType, "System", "ValueType")) return "a struct";
        foreach (var outer in WithOuterClasses())
        {
            var visibility = outer.Attributes & TypeAttributes.VisibilityMask;
            if (visibility is not (TypeAttributes.Public or TypeAttributes.NestedPublic)) return "not public";
        }
        return null;
    }

    /// <summary>Whether it has a public constructor without parameters.</summary>
    public bool HasConstructor()
    {
        foreach (var handle in Type.Definition.GetMethods())
        {
            var method = Type.Reader.GetMethodDefinition(handle);
            if ((method.Attributes & (MethodAttributes.MemberAccessMask | MethodAttributes.Static)) != MethodAttributes.Public) continue;
            if (!Type.Reader.StringComparer.Equals(method.Name, ".ctor")) continue;
            var signature = Type.Reader.GetBlobReader(method.Signature);
            signature.ReadSignatureHeader();
            if (signature.ReadCompressedInteger() == 0) return true;
        }
        return false;
    }

    private IEnumerable<TypeDefinition> WithOuterClasses()
    {
        var handle = Type.Handle;
        for (var depth = 0; !handle.IsNil && depth < 64; depth++)
        {
            var definition = Type.Reader.GetTypeDefinition(handle);
            yield return definition;
            handle = definition.GetDeclaringType();
        }
    }
}
