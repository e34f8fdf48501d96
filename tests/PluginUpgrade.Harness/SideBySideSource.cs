using System.Reflection;
using System.Reflection.Emit;

namespace PluginUpgrade.Harness;

/// <summary>Modules that build beside the live data, for plans and refusals: what they build is empty.</summary>
public static class SideBySideSource
{
    /// <param name="attributes">Of the class, beside [UpgradeModule].</param>
    public static ModuleSource Of(string name, params CustomAttributeBuilder[] attributes) => new(name)
    {
        Version = name[1..].Replace('_', '.'),
        Description = "The catalogue in its new form",
        PerInstance = null,
        More = type =>
        {
            type.AddInterfaceImplementation(typeof(ISideBySideModule));
            foreach (var attribute in attributes) type.SetCustomAttribute(attribute);
            Define(type, nameof(ISideBySideModule.Build), typeof(Task), typeof(SideBySideContext),
                typeof(Task).GetProperty(nameof(Task.CompletedTask))!.GetMethod!);
        },
    };

    /// <summary>Adds a method <c>Drain</c> that has nothing to do.</summary>
    public static ModuleSource Draining(this ModuleSource source) => source with
    {
        More = type =>
        {
            source.More!(type);
            Define(type, nameof(ISideBySideModule.Drain), typeof(Task<bool>), typeof(InstanceContext),
                typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(typeof(bool)), OpCodes.Ldc_I4_1);
        },
    };

    /// <summary>An attribute whose constructor takes texts.</summary>
    public static CustomAttributeBuilder Attribute<T>(params object[] arguments) where T : Attribute =>
        new(typeof(T).GetConstructors().Single(), arguments);

    private static void Define(TypeBuilder type, string name, Type task, Type context, MethodInfo made, OpCode? argument = null)
    {
        var il = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final, task,
            [context, typeof(CancellationToken)]).GetILGenerator();
        if (argument is { } loaded) il.Emit(loaded);
        il.Emit(OpCodes.Call, made);
        il.Emit(OpCodes.Ret);
    }
}
