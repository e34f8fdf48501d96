namespace PluginUpgrade.Programs;

/// <summary>What this machine's distribution calls ICU's libraries, which .NET takes cultures from.</summary>
internal static class IcuPackage
{
    /// <summary>How to install them. Debian names them by their version: another in each release.</summary>
    public static string Install()
    {
        try
        {
            return Install(File.ReadAllText("/etc/os-release"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Install("");
        }
    }

    /// <param name="release">The text of /etc/os-release.</param>
    internal static string Install(string release)
    {
        var values = release.Split('\n').Select(line => line.Trim().Split('=', 2)).Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1].Trim('"'), StringComparer.Ordinal);
        var names = values["ID"].Concat(values["ID_LIKE"].SelectMany(names => names.Split(' '))).ToHashSet(StringComparer.Ordinal);
        if (names.Overlaps(["debian", "ubuntu"])) return $"apt-get install {Debian(values["VERSION_CODENAME"].FirstOrDefault())}";
        if (names.Overlaps(["fedora", "rhel", "centos", "rocky", "almalinux"])) return "dnf install libicu";
        return names.Contains("alpine") ? "apk add icu-libs icu-data-full" : "Install the ICU libraries (package libicu).";
    }

    /// <summary>apt-get takes a pattern too, where the release is not known here.</summary>
    private static string Debian(string? release) => release switch
    {
        "bullseye" => "libicu67",
        "jammy" => "libicu70",
        "bookworm" => "libicu72",
        "noble" => "libicu74",
        "trixie" => "libicu76",
        _ => "'^libicu[0-9]+$'",
    };
}
