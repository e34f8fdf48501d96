using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue.Signatures;

/// <summary>
/// The types of a shared assembly, with the signatures of their methods and fields, read from metadata. A library that was built against
/// another version of it may call a member that does not exist; without this check, the runtime would fail in the middle of a step.
/// </summary>
internal sealed class SharedAssembly
{
    private static readonly ConcurrentDictionary<string, Lazy<SharedAssembly?>> Read = new(StringComparer.OrdinalIgnoreCase);

    private readonly Dictionary<string, SharedType> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forwarded = new(StringComparer.Ordinal);

    private readonly Assembly _loaded;

    private SharedAssembly(MetadataReader reader, Assembly loaded)
    {
        _loaded = loaded;
        var names = new SignatureText(reader);
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            var members = new HashSet<string>(StringComparer.Ordinal);
            foreach (var one in type.GetMethods().Select(reader.GetMethodDefinition))
                members.Add(SignatureText.Method(reader.GetString(one.Name), one.DecodeSignature(names, null)));
            foreach (var one in type.GetFields().Select(reader.GetFieldDefinition))
                members.Add(SignatureText.Field(reader.GetString(one.Name), one.DecodeSignature(names, null)));
            _types[names.NameOf(handle)] = new SharedType(names.NameOf(type.BaseType), members);
        }
        foreach (var type in reader.ExportedTypes.Select(reader.GetExportedType))
            _forwarded.Add($"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}");
    }

    /// <param name="Base">Empty where there is none.</param>
    private sealed record SharedType(string Base, HashSet<string> Members);

    /// <summary>Null where krang-upgrade has no assembly of this name.</summary>
    private static SharedAssembly? Of(string name) => Read.GetOrAdd(name, static name => new Lazy<SharedAssembly?>(() =>
    {
        if (HostAssemblies.PathOf(name) is not { } path) return null;
        using var image = AssemblyImage.TryOpen(path);
        return image is null ? null : new SharedAssembly(image.Reader, Assembly.Load(name));
    })).Value;

    /// <summary>
    /// References of the image to types and members that the shared assemblies do not have, such as <c>Npgsql.NpgsqlConnection.Foo</c>.
    /// </summary>
    public static IEnumerable<(string Assembly, string What)> MissingIn(AssemblyImage image)
    {
        var reader = image.Reader;
        var names = new SignatureText(reader);
        foreach (var handle in reader.TypeReferences)
            if (AssemblyOf(reader, handle) is { } shared && Of(shared) is { } known && !known.Has(names.NameOf(handle)))
                yield return (shared, names.NameOf(handle));
        foreach (var member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (names.TypeOf(member.Parent) is not { IsNil: false } type || AssemblyOf(reader, type) is not { } shared) continue;
            var (name, typeName) = (reader.GetString(member.Name), names.NameOf(type));
            if (Of(shared) is { } known && !known.Has(typeName, name, names.Member(member))) yield return (shared, $"{typeName}.{name}");
        }
    }

    private bool Has(string type) => _types.ContainsKey(type) || _forwarded.Contains(type);

    /// <summary>Whether the type or a base class has the member. For base classes of .NET, only the name is compared.</summary>
    private bool Has(string type, string name, string member)
    {
        // A missing type is reported by itself, not for each of its members.
        if (!_types.ContainsKey(type)) return true;
        for (var next = type; _types.TryGetValue(next, out var found); next = found.Base)
            if (found.Members.Contains(member)) return true;
            else if (!_types.ContainsKey(found.Base)) return IsInherited(next, name);
        return false;
    }

    private bool IsInherited(string type, string name)
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        for (var next = _loaded.GetType(type)?.BaseType; next is not null; next = next.BaseType)
            if (next.GetMember(name, any).Length > 0 && name != ".ctor") return true;
        return false;
    }

    private static string? AssemblyOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        for (var depth = 0; reader.GetTypeReference(handle).ResolutionScope is { Kind: HandleKind.TypeReference } outer; depth++)
        {
            if (depth == SignatureText.MaxDepth) throw SignatureText.TooDeep();
            handle = (TypeReferenceHandle)outer;
        }
        if (reader.GetTypeReference(handle).ResolutionScope is not { Kind: HandleKind.AssemblyReference } scope) return null;
        var name = reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name);
        return HostAssemblies.IsShared(name) ? name : null;
    }
}
