using System.Reflection;
using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <summary>One of the contract's methods.</summary>
/// <param name="Name">The method's name.</param>
/// <param name="Context">The type of its first parameter.</param>
/// <param name="Answer">The result of its task.</param>
internal sealed record ModuleMethod(string Name, string Context, ModuleMethodAnswer Answer = ModuleMethodAnswer.Nothing)
{
    public static readonly ModuleMethod PerInstallation = new(nameof(IUpgradeModule.PerInstallation), nameof(InstallationContext));
    public static readonly ModuleMethod PerInstance = new(nameof(IUpgradeModule.PerInstance), nameof(InstanceContext));
    public static readonly ModuleMethod VerifyInstallation =
        new(nameof(IUpgradeModule.VerifyInstallation), nameof(InstallationContext), ModuleMethodAnswer.Effect);
    public static readonly ModuleMethod VerifyInstance =
        new(nameof(IUpgradeModule.VerifyInstance), nameof(InstanceContext), ModuleMethodAnswer.Effect);

    public static readonly ModuleMethod CheckInstallation =
        new(nameof(IUpgradeModule.CheckInstallation), nameof(InstallationContext), ModuleMethodAnswer.Texts);
    public static readonly ModuleMethod CheckInstance =
        new(nameof(IUpgradeModule.CheckInstance), nameof(InstanceContext), ModuleMethodAnswer.Texts);

    public static readonly ModuleMethod Build = new(nameof(ISideBySideModule.Build), nameof(SideBySideContext)) { IsSideBySide = true };
    public static readonly ModuleMethod Drain =
        new(nameof(ISideBySideModule.Drain), nameof(InstanceContext), ModuleMethodAnswer.Truth) { IsSideBySide = true };
    public static readonly ModuleMethod CatchUp = new(nameof(ISideBySideModule.CatchUp), nameof(SideBySideContext)) { IsSideBySide = true };
    public static readonly ModuleMethod Verify =
        new(nameof(ISideBySideModule.Verify), nameof(SideBySideContext), ModuleMethodAnswer.Texts) { IsSideBySide = true };

    public static readonly ModuleMethod BootstrapInstance = Bootstrap(nameof(InstanceContext), nameof(InstallationContext));
    public static readonly ModuleMethod BootstrapInstallation = Bootstrap(nameof(InstallationContext), nameof(InstanceContext));

    private static readonly ModuleMethod[] OfEveryModule =
        [PerInstallation, PerInstance, VerifyInstallation, VerifyInstance, CheckInstallation, CheckInstance];

    private static readonly ModuleMethod[] All = [.. OfEveryModule, Build, Drain, CatchUp, Verify];

    /// <summary>The methods that krang-upgrade could call. In other modules, a method named <c>Build</c> is the module's own.</summary>
    public static IReadOnlyList<ModuleMethod> Of(bool sideBySide) => sideBySide ? All : OfEveryModule;

    /// <summary>Whether it belongs to <see cref="ISideBySideModule"/>.</summary>
    public bool IsSideBySide { get; private init; }

    /// <summary>The name of the interface that declares it.</summary>
    public string Interface =>
        IsSideBySide ? nameof(ISideBySideModule) : OverloadContext is null ? nameof(IUpgradeModule) : nameof(ISchemaDeclaration);

    /// <summary>The first parameter of another method of the interface with the same name; null: there is none.</summary>
    private string? OverloadContext { get; init; }

    private static ModuleMethod Bootstrap(string context, string other) =>
        new(nameof(ISchemaDeclaration.Bootstrap), context) { OverloadContext = other };

    public string Signature => $"public {Task} {Name}({Context}, CancellationToken)";

    private string Task => Answer switch
    {
        ModuleMethodAnswer.Effect => $"Task<{nameof(StepEffect)}>",
        ModuleMethodAnswer.Truth => "Task<bool>",
        ModuleMethodAnswer.Texts => "Task<IReadOnlyList<string>>",
        _ => "Task",
    };

    /// <summary>
    /// The runtime calls a public virtual method with this name and signature, from the class or any base class. The C# compiler makes such
    /// a method virtual by itself only in a class that lists the interface.
    /// </summary>
    public ModuleMethodState StateIn(List<Ancestor> ancestors)
    {
        var missed = false;
        foreach (var ancestor in ancestors)
        {
            if (ExplicitIn(ancestor) is not null) return ModuleMethodState.Overridden;
            var reader = ancestor.Type.Reader;
            foreach (var handle in ancestor.Type.Definition.GetMethods())
            {
                var method = reader.GetMethodDefinition(handle);
                if (!reader.StringComparer.Equals(method.Name, Name) || IsOverload(reader, method)) continue;
                var fits = HasSignature(reader, method);
                if (fits && IsCallable(method)) return ModuleMethodState.Overridden;
                // A method that is not public and has another signature is unrelated and only shares the name.
                missed |= fits || IsPublic(method);
            }
        }
        return missed ? ModuleMethodState.Missed : ModuleMethodState.Absent;
    }

    /// <summary>The method that the runtime would call; null where the class overrides none.</summary>
    public MethodAt? ImplementationIn(List<Ancestor> ancestors)
    {
        foreach (var ancestor in ancestors)
        {
            if (ExplicitIn(ancestor) is { } body) return body;
            var reader = ancestor.Type.Reader;
            foreach (var handle in ancestor.Type.Definition.GetMethods())
            {
                var method = reader.GetMethodDefinition(handle);
                if (reader.StringComparer.Equals(method.Name, Name) && IsCallable(method) && HasSignature(reader, method))
                    return new MethodAt(ancestor.Type, handle);
            }
        }
        return null;
    }

    private static bool IsPublic(MethodDefinition method) =>
        (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public;

    private static bool IsCallable(MethodDefinition method) => IsPublic(method) && (method.Attributes & MethodAttributes.Virtual) != 0;

    /// <summary>As in <c>Task IUpgradeModule.PerInstance(…)</c>, in the class or in an interface that it lists.</summary>
    private MethodAt? ExplicitIn(Ancestor ancestor)
    {
        foreach (var type in ancestor.Interfaces.Prepend(ancestor.Type))
            foreach (var handle in type.Definition.GetMethodImplementations())
            {
                var implementation = type.Reader.GetMethodImplementation(handle);
                if (implementation.MethodDeclaration.Kind != HandleKind.MemberReference) continue;
                var member = type.Reader.GetMemberReference((MemberReferenceHandle)implementation.MethodDeclaration);
                if (!type.Reader.StringComparer.Equals(member.Name, Name) || !Ancestry.IsSdkType(type.Reader, member.Parent, Interface))
                    continue;
                if (OverloadContext is not null && !Fits(type.Reader, member.Signature, Context)) continue;
                return new MethodAt(type, implementation.MethodBody.Kind == HandleKind.MethodDefinition
                    ? (MethodDefinitionHandle)implementation.MethodBody : default);
            }
        return null;
    }

    private bool IsOverload(MetadataReader reader, MethodDefinition method) =>
        OverloadContext is { } other && IsCallable(method) && Fits(reader, method.Signature, other);

    private bool HasSignature(MetadataReader reader, MethodDefinition method) =>
        (method.Attributes & MethodAttributes.Static) == 0 && Fits(reader, method.Signature, Context);

    private bool Fits(MetadataReader reader, BlobHandle of, string context)
    {
        var signature = reader.GetBlobReader(of);
        var header = signature.ReadSignatureHeader();
        return header is { Kind: SignatureKind.Method, IsGeneric: false }
            && signature.ReadCompressedInteger() == 2
            && ReturnsTask()
            && Ancestry.IsSdkType(reader, Next(SignatureTypeKind.Class), context)
            && Ancestry.Is(reader, Next(SignatureTypeKind.ValueType), "System.Threading", nameof(CancellationToken));

        bool ReturnsTask() => Answer == ModuleMethodAnswer.Nothing
            ? Ancestry.Is(reader, Next(SignatureTypeKind.Class), "System.Threading.Tasks", "Task")
            : IsGeneric("System.Threading.Tasks", "Task`1") && Answer switch
            {
                ModuleMethodAnswer.Effect => Ancestry.IsSdkType(reader, Next(SignatureTypeKind.ValueType), nameof(StepEffect)),
                ModuleMethodAnswer.Truth => signature.ReadByte() == (byte)SignatureTypeCode.Boolean,
                _ => IsGeneric("System.Collections.Generic", "IReadOnlyList`1")
                    && signature.ReadByte() == (byte)SignatureTypeCode.String,
            };

        bool IsGeneric(string space, string name) => signature.ReadByte() == (byte)SignatureTypeCode.GenericTypeInstance
            && Ancestry.Is(reader, Next(SignatureTypeKind.Class), space, name)
            && signature.ReadCompressedInteger() == 1;

        EntityHandle Next(SignatureTypeKind kind) => signature.ReadByte() == (byte)kind ? signature.ReadTypeHandle() : default;
    }
}

internal enum ModuleMethodAnswer
{
    Nothing,

    /// <summary>A <see cref="StepEffect"/>.</summary>
    Effect,

    /// <summary>Sentences: the reasons why the module cannot run, or what is wrong with what it built.</summary>
    Texts,

    Truth,
}

internal enum ModuleMethodState
{
    /// <summary>The class does not declare it.</summary>
    Absent,

    Overridden,

    /// <summary>
    /// It was meant to be overridden, but the runtime would never call it: the method is private, has another signature, or only the base
    /// class lists the interface.
    /// </summary>
    Missed,
}
