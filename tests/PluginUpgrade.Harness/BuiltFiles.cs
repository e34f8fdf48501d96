using System.Reflection;

namespace PluginUpgrade.Harness;

/// <summary>Where the build of this test assembly has put what the tests start and copy.</summary>
public static class BuiltFiles
{
    /// <summary>The program krang-upgrade.</summary>
    public static string Program => PathOf("Program", "");

    /// <summary>The program with defects and end points in it; see tests/FaultyHost/SeededFault.cs.</summary>
    public static string FaultyHost => PathOf("FaultyHost", "");

    public static string WarmHost => PathOf("WarmHost", "");

    /// <summary>An application that upgrades at its start; see tests/GuardedApplication.</summary>
    public static string GuardedApplication => PathOf("GuardedApplication", "");

    /// <summary>The output directory of a project in tests/Modules.</summary>
    public static string TestModule(string name) => PathOf("Modules", name);

    /// <summary>The output directory of a project in plugins.</summary>
    public static string Example(string name) => PathOf("Example", name);

    private static string PathOf(string key, string name)
    {
        var value = typeof(BuiltFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
        return Path.GetFullPath(value.Replace("{0}", name, StringComparison.Ordinal), AppContext.BaseDirectory);
    }
}
