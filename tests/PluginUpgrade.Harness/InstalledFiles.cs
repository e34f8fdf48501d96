namespace PluginUpgrade.Harness;

/// <summary>The files of an installation's root that are not the test's own: no settings, modules, payload, logs.</summary>
public static class InstalledFiles
{
    public static void Write(this TestInstallation installation, string path, string content, int mode = 0b110_100_100) =>
        WriteTo(installation.Root, path, content, mode);

    public static void WriteTo(string root, string path, string content, int mode = 0b110_100_100)
    {
        var file = Path.Join(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        File.SetUnixFileMode(file, (UnixFileMode)mode);
    }

    public static void Write(this TestInstallation installation, PayloadSource payload) =>
        payload.WriteTo(Path.Combine(installation.Root, "payload"));

    /// <summary>As <c>bin/krang 755 content</c>; directories as <c>bin/</c>.</summary>
    public static List<string> Installed(this TestInstallation installation) => In(installation.Root);

    public static List<string> In(string root)
    {
        string[] own = ["krang-upgrade.json", "upgrade", "payload", "data/upgrade-logs"];
        return
        [
            .. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(root, path))
                .Where(path => !own.Any(name => path == name || path.StartsWith($"{name}/", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)
                .Select(path => Directory.Exists(Path.Join(root, path)) ? $"{path}/" : Line(root, path)),
        ];
    }

    private static string Line(string root, string path)
    {
        var file = Path.Join(root, path);
        var content = path == "data/payload.json" ? "" : $" {File.ReadAllText(file)}";
        return $"{path} {Convert.ToString((int)File.GetUnixFileMode(file), 8)}{content}";
    }
}
