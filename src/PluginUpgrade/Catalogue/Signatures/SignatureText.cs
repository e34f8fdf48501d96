using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue.Signatures;

/// <summary>
/// Spells signatures in a way that can be compared between assemblies: types by full name, without their assembly (.NET moves types from
/// one of its assemblies to another).
/// </summary>
internal sealed class SignatureText(MetadataReader reader) : ISignatureTypeProvider<string, object?>
{
    /// <summary>Deeper than any real type is nested. Damaged metadata may nest a type in itself.</summary>
    public const int MaxDepth = 64;

    private int _depth;

    public static BadImageFormatException TooDeep() => new("A type is nested in itself.");

    public static string Method(string name, MethodSignature<string> signature) =>
        $"{name}({string.Join(',', signature.ParameterTypes)})`{signature.GenericParameterCount}:{signature.ReturnType}";

    public static string Field(string name, string type) => $"{name}:{type}";

    public string Member(MemberReference member)
    {
        var name = reader.GetString(member.Name);
        return member.GetKind() == MemberReferenceKind.Method
            ? Method(name, member.DecodeMethodSignature(this, null)) : Field(name, member.DecodeFieldSignature(this, null));
    }

    /// <summary>The type of a member reference, also where it is generic; nil where it is not a type of another assembly.</summary>
    public TypeReferenceHandle TypeOf(EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeSpecification) parent = AssemblyImage.GenericOf(reader, (TypeSpecificationHandle)parent);
        return parent.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)parent : default;
    }

    /// <summary>As in <c>Npgsql.NpgsqlConnection</c>; empty for a nil handle.</summary>
    public string NameOf(EntityHandle type) => type.Kind switch
    {
        _ when type.IsNil => "",
        HandleKind.TypeDefinition => NameOf((TypeDefinitionHandle)type),
        HandleKind.TypeReference => NameOf((TypeReferenceHandle)type),
        _ => NameOf(AssemblyImage.GenericOf(reader, (TypeSpecificationHandle)type)),
    };

    private string NameOf(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = reader.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? Deeper(() => $"{NameOf(outer)}+{name}") : Full(type.Namespace, name);
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? Deeper(() => $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}+{name}") : Full(type.Namespace, name);
    }

    private string Deeper(Func<string> name)
    {
        if (_depth == MaxDepth) throw TooDeep();
        _depth++;
        try
        {
            return name();
        }
        finally
        {
            _depth--;
        }
    }

    private string Full(StringHandle space, string name) => space.IsNil ? name : $"{reader.GetString(space)}.{name}";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', Math.Max(0, shape.Rank - 1))}]";

    public string GetByReferenceType(string elementType) => $"{elementType}&";

    public string GetFunctionPointerType(MethodSignature<string> signature) => Method("*", signature);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        $"{genericType}<{string.Join(',', typeArguments)}>";

    public string GetGenericMethodParameter(object? genericContext, int index) => FormattableString.Invariant($"!!{index}");

    public string GetGenericTypeParameter(object? genericContext, int index) => FormattableString.Invariant($"!{index}");

    /// <summary>Modifiers (of <c>init</c> and <c>in</c>, for example) are left out: the types are enough to tell methods apart.</summary>
    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetPointerType(string elementType) => $"{elementType}*";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => $"{typeCode}";

    public string GetSZArrayType(string elementType) => $"{elementType}[]";

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => NameOf(handle);

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => NameOf(handle);

    public string GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        Deeper(() => reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext));
}
