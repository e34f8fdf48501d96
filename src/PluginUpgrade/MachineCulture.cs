#pragma warning disable RS0030 // The one place that asks for the machine's culture: krang-upgrade itself pins its own here.
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
    /// To be called first of all in a process: .NET asks once whether there are cultures, and without ICU's libraries it would end the
    /// process then.
    /// </summary>
    public static void Take()
    {
        Missing = WhyMissing();
        if (Missing is not null)
        {
            AppContext.SetSwitch("System.Globalization.Invariant", true);
            // A module that asks for a culture is to fail, and not to be given an invariant one of that name.
            AppContext.SetSwitch("System.Globalization.PredefinedCulturesOnly", true);
        }
        _machine = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        Pin();
        (CultureInfo.DefaultThreadCurrentCulture, CultureInfo.DefaultThreadCurrentUICulture) =
            (CultureInfo.InvariantCulture, CultureInfo.InvariantCulture);
    }

    /// <summary>For all that the caller does and starts from here on, whatever a module has set for new threads.</summary>
    public static void Pin() =>
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (CultureInfo.InvariantCulture, CultureInfo.InvariantCulture);

    /// <summary>In an async method: until it ends, and for all that it starts.</summary>
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

    /// <summary>As .NET itself loads them. Zero: it cannot.</summary>
    [DllImport("libSystem.Globalization.Native", EntryPoint = "GlobalizationNative_LoadICU")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LoadIcu();
}
