using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Lets a module's own code ask for types and native functions, as it would in the middle of a step.</summary>
internal static class Probe
{
    private const string Native = "SystemNative_GetPid";

    public static void Define(TypeBuilder type) => Define(type, "krangnative");

    /// <param name="library">As a module's author writes it.</param>
    public static void Define(TypeBuilder type, string library)
    {
        const MethodAttributes attributes = MethodAttributes.Public | MethodAttributes.Static;
        var il = type.DefineMethod(nameof(Ask), attributes, typeof(Type), [typeof(string)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetType), [typeof(string), typeof(bool)])!);
        il.Emit(OpCodes.Ret);
        type.DefinePInvokeMethod(Native, library, attributes | MethodAttributes.PinvokeImpl, CallingConventions.Standard, typeof(int), [],
            CallingConvention.Cdecl, CharSet.Ansi).SetImplementationFlags(MethodImplAttributes.PreserveSig);
    }

    /// <summary><c>Type.GetType(name, throwOnError: false)</c>, called by the module.</summary>
    public static Type? Ask(IUpgradeModule module, string name) => (Type?)module.GetType().GetMethod(nameof(Ask))!.Invoke(null, [name]);

    public static object? CallNative(IUpgradeModule module) => module.GetType().GetMethod(Native)!.Invoke(null, []);

    /// <summary>One of .NET's own under another name, that answers the process's number.</summary>
    public static void CopyNative(string folder, string name)
    {
        var library = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.*").Single();
        File.Copy(library, Path.Combine(folder, $"lib{name}{Path.GetExtension(library)}"));
    }

    /// <summary>An assembly with one class.</summary>
    public static byte[] Library(string name, string? type = null, string culture = "")
    {
        var identity = new AssemblyName(name) { Version = new Version(1, 0, 0, 0), CultureInfo = CultureInfo.GetCultureInfo(culture) };
        var assembly = new PersistedAssemblyBuilder(identity, typeof(object).Assembly);
        assembly.DefineDynamicModule(name).DefineType(type ?? name, TypeAttributes.Public | TypeAttributes.Class).CreateType();
        using var bytes = new MemoryStream();
        assembly.Save(bytes);
        return bytes.ToArray();
    }
}
