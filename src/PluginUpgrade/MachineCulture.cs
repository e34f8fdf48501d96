#pragma warning disable RS0030 // The only place that reads the machine's culture: krang-upgrade itself pins its own here.
using System.Globalization;
using System.Runtime.InteropServices;

namespace PluginUpgrade;

/// <summary>
/// Modules see the cultures of the machine, as in any .NET program. krang-upgrade itself reads, sorts and writes in the invariant culture.
/// </summary>
public static class MachineCulture
{
    private static (CultureInfo Formats, CultureInfo Texts)? _machine;

    /// <summary>Why there are no cultures; null where there are.</summary>
    public static string? Missing { get; private set; }

    /// <summary>
    /// Must be the first call in a process: .NET looks for cultures once, and would end the process if ICU's libraries are missing.
    /// </summary>
    public static void Take()
    {
        Missing = WhyMissing();
        if (Missing is not null)
        {
            AppContext.SetSwitch("System.Globalization.Invariant", true);
            // A module that asks for a culture must fail, and not get an invariant one under that name.
            AppContext.SetSwitch("System.Globalization.PredefinedCulturesOnly", true);
        }
        _machine = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        Pin();
        (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture) =
            (CultureInfo.InvariantCulture, CultureInfo.InvariantCulture);
    }

    /// <summary>Affects the caller and everything that it starts from here on, whatever a module has set for new threads.</summary>
    public static void Pin() =>
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (CultureInfo.InvariantCulture, CultureInfo.InvariantCulture);

    /// <summary>In an async method: affects the rest of the method, and everything that it starts.</summary>
    internal static void Enter()
    {
        if (_machine is { } machine) (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = machine;
    }

    private static string? WhyMissing()
    {
        if (!OperatingSystem.IsLinux()) return null;
        const string variable = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";
        if (Environment.GetEnvironmentVariable(variable) is "1" or "true" or "True" or "TRUE") return $"{variable} is set";
        return LoadIcu() != 0 ? null : "the ICU libraries are not on this machine";
    }

    /// <summary>Loads ICU as .NET does. Zero: it cannot be loaded.</summary>
    [DllImport("libSystem.Globalization.Native", EntryPoint = "GlobalizationNative_LoadICU")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LoadIcu();
}
