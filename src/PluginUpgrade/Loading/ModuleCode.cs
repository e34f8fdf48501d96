using System.Reflection;
using System.Runtime.Loader;

namespace PluginUpgrade.Loading;

/// <summary>
/// Calls a module's code in the environment of a program of its own: its assemblies can be found by name, also by .NET on its behalf (type
/// converters, serializers), and the machine's cultures are set.
/// </summary>
internal static class ModuleCode
{
    public static async Task<T> RunAsync<T>(Assembly module, Func<Task<T>> code)
    {
        using var reflection = Enter(module);
        MachineCulture.Enter();
        return await code();
    }

    /// <summary>The same for synchronous code. The caller's culture is restored afterwards.</summary>
    public static T Run<T>(Assembly module, Func<T> code)
    {
        using var reflection = Enter(module);
        using var flow = ExecutionContext.Capture();
        T result = default!;
        ExecutionContext.Run(flow!, _ =>
        {
            MachineCulture.Enter();
            result = code();
        }, null);
        return result;
    }

    public static Task RunAsync(Assembly module, Func<Task> code) => RunAsync(module, async () =>
    {
        await code();
        return true;
    });

    private static AssemblyLoadContext.ContextualReflectionScope Enter(Assembly module) =>
        AssemblyLoadContext.EnterContextualReflection(module);
}
