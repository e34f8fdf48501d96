using System.Reflection;

namespace PluginUpgrade;

/// <summary>The version of krang-upgrade that runs; of another program that uses the engine, its own.</summary>
public static class ProgramVersion
{
    /// <summary>With what the build added after a plus: another build may plan otherwise.</summary>
    public static string Text { get; } = (Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly)
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
