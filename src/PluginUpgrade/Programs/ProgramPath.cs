namespace PluginUpgrade.Programs;

/// <summary>Where programs lie.</summary>
internal static class ProgramPath
{
    /// <summary>The first program of that name along PATH, then where system programs lie even if PATH leaves that out; or null.</summary>
    public static string? Find(string name) =>
        Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Directories =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/usr/bin", "/sbin", "/bin"]);
}
