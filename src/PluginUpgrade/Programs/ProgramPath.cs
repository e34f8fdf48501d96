namespace PluginUpgrade.Programs;

/// <summary>Finds programs.</summary>
internal static class ProgramPath
{
    /// <summary>The first program of that name along PATH, then in the system's directories, even if PATH omits them; or null.</summary>
    public static string? Find(string name) =>
        Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Directories =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
}
