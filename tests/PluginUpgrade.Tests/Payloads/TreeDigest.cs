namespace PluginUpgrade.Tests.Payloads;

/// <summary>All names below a directory with their modes, contents and link targets. Knows nothing of the code under test.</summary>
public static class TreeDigest
{
    public static string Of(string root) => string.Join('\n', Lines(root, root));

    private static IEnumerable<string> Lines(string root, string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).GetFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var name = Uri.EscapeDataString(Path.GetRelativePath(root, entry.FullName));
            if (entry.LinkTarget is { } target)
            {
                yield return $"{name} -> {target}";
                continue;
            }
            if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException();
            var mode = Convert.ToString((int)File.GetUnixFileMode(entry.FullName), 8);
            if (entry is FileInfo file)
            {
                yield return $"{name} {mode} {Convert.ToBase64String(File.ReadAllBytes(file.FullName))}";
                continue;
            }
            yield return $"{name}/ {mode}";
            foreach (var line in Lines(root, entry.FullName)) yield return line;
        }
    }
}
