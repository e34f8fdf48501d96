using System.Reflection;

namespace PluginUpgrade.Measure;

/// <summary>Where the build has put what is measured.</summary>
internal static class Built
{
    public static string Host => PathOf("Host");

    public static string Empty => PathOf("Empty");

    public static string OneQuery => PathOf("OneQuery");

    public static string BareLoop => PathOf("BareLoop");

    public static string EfCore => PathOf("EfCore");

    public static string Peers => PathOf("Peers");

    public static string Probe => PathOf("Probe");

    /// <summary>The directory of a side-by-side module.</summary>
    public static string BesideModule => PathOf("BesideModule");

    /// <summary>The directory of a declared schema that adds a column.</summary>
    public static string Noted => PathOf("Noted");

    /// <summary>The directory of a module that does the same.</summary>
    public static string NotedByHand => PathOf("NotedByHand");

    private static string PathOf(string key)
    {
        var value = typeof(Built).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
        return Path.GetFullPath(value, AppContext.BaseDirectory);
    }
}
