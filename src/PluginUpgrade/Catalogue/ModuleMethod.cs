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

    public static IReadOnlyList<ModuleMethod> All { get; } =
        [PerInstallation, PerInstance, VerifyInstallation, VerifyInstance, CheckInstallation, CheckInstance];

    public string Signature => $"public {Task} {Name}({Context}, CancellationToken)";

    private string Task => Answer switch
    {
        ModuleMethodAnswer.Effect => $"Task<{nameof(StepEffect)}>",
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
            if (IsImplementedExplicitly(ancestor)) return ModuleMethodState.Overridden;
            var reader = ancestor.Type.Reader;
            foreach (var handle in ancestor.Type.Definition.GetMethods())
            {
                var method = reader.GetMethodDefinition(handle);
                if (!reader.StringComparer.Equals(method.Name, Name)) continue;
                var isPublic = (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public;
                var isVirtual = (method.Attributes & MethodAttributes.Virtual) != 0;
                var fits = HasSignature(reader, method);
                if (fits && isPublic && isVirtual) return ModuleMethodState.Overridden;
                // A method that is not public and has another signature is unrelated and only shares the name.
                missed |= fits || isPublic;
            }
        }
        return missed ? ModuleMethodState.Missed : ModuleMethodState.Absent;
    }

    /// <summary>As in <c>Task IUpgradeModule.PerInstance(…)</c>, in the class or in an interface that it lists.</summary>
    private bool IsImplementedExplicitly(Ancestor ancestor)
    {
        if (Implements(ancestor.Type)) return true;
        foreach (var type in ancestor.Interfaces)
            if (Implements(type)) return true;
        return false;

        bool Implements(TypeAt type)
        {
            foreach (var handle in type.Definition.GetMethodImplementations())
            {
                var declaration = type.Reader.GetMethodImplementation(handle).MethodDeclaration;
                if (declaration.Kind != HandleKind.MemberReference) continue;
                var member = type.Reader.GetMemberReference((MemberReferenceHandle)declaration);
                if (type.Reader.StringComparer.Equals(member.Name, Name)
                    && Ancestry.IsSdkType(type.Reader, member.Parent, nameof(IUpgradeModule))) return true;
            }
            return false;
        }
    }

    private bool HasSignature(MetadataReader reader, MethodDefinition method)
    {
        if ((method.Attributes & MethodAttributes.Static) != 0) return false;
        var signature = reader.GetBlobReader(method.Signature);
        var header = signature.ReadSignatureHeader();
        return header is { Kind: SignatureKind.Method, IsGeneric: false }
            && signature.ReadCompressedInteger() == 2
            && ReturnsTask()
            && Ancestry.IsSdkType(reader, Next(SignatureTypeKind.Class), Context)
            && Ancestry.Is(reader, Next(SignatureTypeKind.ValueType), "System.Threading", nameof(CancellationToken));

        bool ReturnsTask() => Answer == ModuleMethodAnswer.Nothing
            ? Ancestry.Is(reader, Next(SignatureTypeKind.Class), "System.Threading.Tasks", "Task")
            : IsGeneric("System.Threading.Tasks", "Task`1") && (Answer == ModuleMethodAnswer.Effect
                ? Ancestry.IsSdkType(reader, Next(SignatureTypeKind.ValueType), nameof(StepEffect))
                : IsGeneric("System.Collections.Generic", "IReadOnlyList`1")
                    && signature.ReadByte() == (byte)SignatureTypeCode.String);

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

    /// <summary>The reasons why the module cannot run.</summary>
    Texts,
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
