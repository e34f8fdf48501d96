using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace PluginUpgrade.Harness;

/// <summary>What a test assembly leaves to the night.</summary>
public static class TestsOfTiers
{
    /// <summary>The classes of which nothing runs for every commit: no test, and of no theory a row.</summary>
    public static async Task<List<string>> WhollyNightlyAsync(Assembly tests)
    {
        List<string> found = [];
        foreach (var type in tests.GetExportedTypes().Where(type => !type.IsAbstract))
        {
            var methods = type.GetMethods().Where(method => method.GetCustomAttributes().Any(one => one is IFactAttribute)).ToList();
            if (methods is []) continue;
            if (IsNightly(type) || !await AnyRunsAsync(methods)) found.Add(type.Name);
        }
        return found;
    }

    private static async Task<bool> AnyRunsAsync(IEnumerable<MethodInfo> methods)
    {
        foreach (var method in methods)
            if (await RunsAsync(method)) return true;
        return false;
    }

    private static async Task<bool> RunsAsync(MethodInfo method)
    {
        if (IsNightly(method)) return false;
        if (!method.GetCustomAttributes().Any(one => one is ITheoryAttribute)) return true;
        await using var tracker = new DisposalTracker();
        foreach (var data in method.GetCustomAttributes().OfType<IDataAttribute>())
        {
            if (data is ITypeAwareDataAttribute { MemberType: null } aware) aware.MemberType = method.ReflectedType;
            if ((await data.GetData(method, tracker)).Any(row => row.Traits?.ContainsKey(Tier.Trait) != true)) return true;
        }
        return false;
    }

    private static bool IsNightly(MemberInfo member) => member.GetCustomAttribute<NightlyAttribute>() is not null;
}
