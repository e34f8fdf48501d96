using System.Reflection;
using System.Reflection.Emit;

namespace PluginUpgrade.Harness;

/// <summary>One class of a <see cref="ModuleAssembly"/>. Without changes it is a good module with an empty <c>PerInstance</c>.</summary>
/// <param name="Name">The class's name.</param>
public sealed record ModuleSource(string Name)
{
    public string Namespace { get; init; } = "";

    /// <summary>The text in [UpgradeModule]; no attribute where it is null.</summary>
    public string? Version { get; init; }

    public string? Component { get; init; }

    public string? Description { get; init; }

    /// <summary>Said in [UpgradeModule], which is there only where there is a version.</summary>
    public bool Irreversible { get; init; }

    /// <summary>Outside a transaction, and may be run again. Said in [UpgradeModule], too.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>What <c>PerInstance</c> sends: SQL, nothing where empty, no such method where null.</summary>
    public string? PerInstance { get; init; } = "";

    /// <summary>What <c>PerInstallation</c> sends: SQL, nothing where empty, no such method where null.</summary>
    public string? PerInstallation { get; init; }

    public TypeAttributes Attributes { get; init; } = TypeAttributes.Public;

    public Type BaseClass { get; init; } = typeof(object);

    public bool ImplementsContract { get; init; } = true;

    public Type[] ConstructorParameters { get; init; } = [];

    /// <summary>Instructions at the start of the constructor.</summary>
    public Action<ILGenerator>? Constructor { get; init; }

    /// <summary>Instructions of the static constructor.</summary>
    public Action<ILGenerator>? StaticConstructor { get; init; }

    /// <summary>Whatever else the class is to have.</summary>
    public Action<TypeBuilder>? More { get; init; }
}

/// <summary>Writes DLLs of modules without a compiler or a project: many, small, and wrong in the way that a test wants.</summary>
public static class ModuleAssembly
{
    private static readonly MethodInfo Execute = typeof(UpgradeContext).GetMethod(nameof(UpgradeContext.ExecuteAsync))!;
    private static readonly MethodInfo Completed = typeof(Task).GetProperty(nameof(Task.CompletedTask))!.GetMethod!;

    /// <summary>The bytes of an assembly of that name, with these classes in it.</summary>
    public static byte[] Of(string name, params ModuleSource[] modules)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = new Version(1, 0, 0, 0) }, typeof(object).Assembly);
        var code = assembly.DefineDynamicModule(name);
        foreach (var module in modules) Define(code, module);
        using var bytes = new MemoryStream();
        assembly.Save(bytes);
        return bytes.ToArray();
    }

    /// <summary>An assembly that is named as its only class is.</summary>
    public static byte[] Of(ModuleSource module) => Of(module.Name, module);

    private static void Define(ModuleBuilder code, ModuleSource module)
    {
        var name = module.Namespace.Length == 0 ? module.Name : $"{module.Namespace}.{module.Name}";
        var type = code.DefineType(name, module.Attributes | TypeAttributes.Class, module.BaseClass);
        if (module.ImplementsContract) type.AddInterfaceImplementation(typeof(IUpgradeModule));
        if (module.Version is not null) type.SetCustomAttribute(Attribute(module));
        if (module.StaticConstructor is not null) Finish(type.DefineTypeInitializer().GetILGenerator(), module.StaticConstructor);
        DefineConstructor(type, module);
        DefineHook(type, nameof(IUpgradeModule.PerInstallation), typeof(InstallationContext), module.PerInstallation);
        DefineHook(type, nameof(IUpgradeModule.PerInstance), typeof(InstanceContext), module.PerInstance);
        module.More?.Invoke(type);
        type.CreateType();
    }

    private static CustomAttributeBuilder Attribute(ModuleSource module)
    {
        var values = new Dictionary<string, object?>
        {
            ["Component"] = module.Component,
            ["Description"] = module.Description,
            ["Irreversible"] = module.Irreversible ? true : null,
            ["Transactional"] = module.IsRepeatable ? false : null,
            ["Repeatable"] = module.IsRepeatable ? true : null,
        };
        var given = values.Where(value => value.Value is not null).ToList();
        return new CustomAttributeBuilder(
            typeof(UpgradeModuleAttribute).GetConstructor([typeof(string)])!, [module.Version],
            [.. given.Select(value => typeof(UpgradeModuleAttribute).GetProperty(value.Key)!)], [.. given.Select(value => value.Value)]);
    }

    private static void DefineConstructor(TypeBuilder type, ModuleSource module)
    {
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, module.ConstructorParameters).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, module.BaseClass.GetConstructor(
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [])!);
        Finish(il, module.Constructor);
    }

    private static void Finish(ILGenerator il, Action<ILGenerator>? code)
    {
        code?.Invoke(il);
        il.Emit(OpCodes.Ret);
    }

    private static void DefineHook(TypeBuilder type, string name, Type context, string? sql)
    {
        if (sql is null) return;
        const MethodAttributes attributes =
            MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.NewSlot | MethodAttributes.Final;
        var il = type.DefineMethod(name, attributes, typeof(Task), [context, typeof(CancellationToken)]).GetILGenerator();
        if (sql.Length == 0)
        {
            il.Emit(OpCodes.Call, Completed);
        }
        else
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldstr, sql);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Callvirt, Execute);
        }
        il.Emit(OpCodes.Ret);
    }
}
