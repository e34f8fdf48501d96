namespace PluginUpgrade.Programs;

/// <summary>The name of ICU's libraries, which .NET takes cultures from, in this machine's distribution.</summary>
internal static class IcuPackage
{
    /// <summary>How to install them. Debian's name includes the version, which differs in each release.</summary>
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

    /// <summary>apt-get also accepts a pattern, for releases that are not listed here.</summary>
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
