using System.Reflection;

namespace PluginUpgrade;

/// <summary>The version of the running program: krang-upgrade, or another program that uses the engine.</summary>
public static class ProgramVersion
{
    /// <summary>Includes the build metadata after the plus sign, because another build may plan differently.</summary>
    public static string Text { get; } = (Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly)
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
