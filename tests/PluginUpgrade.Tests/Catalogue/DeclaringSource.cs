using System.Reflection;
using System.Reflection.Emit;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Classes that declare an empty schema, for files that no compiler writes.</summary>
internal static class DeclaringSource
{
    public static ModuleSource Of(string name) => new(name) { ImplementsContract = false, PerInstance = null, More = Declare };

    public static byte[] Assembly(string name) => ModuleAssembly.Of(Of(name));

    /// <summary>For a class that also is something else.</summary>
    public static void Declare(TypeBuilder type)
    {
        type.AddInterfaceImplementation(typeof(ISchemaDeclaration));
        type.DefineMethod(nameof(ISchemaDeclaration.Declare),
            MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.NewSlot | MethodAttributes.Final,
            typeof(void), [typeof(SchemaBuilder)]).GetILGenerator().Emit(OpCodes.Ret);
    }
}
