namespace PluginUpgrade.FaultTests.Trials;

/// <summary>The files of a trial's installation: before it, and after each module of tests/Modules/Counted.</summary>
internal static class FleetFiles
{
    public static void Make(string root)
    {
        foreach (var (path, content) in After([]))
            if (path.EndsWith('/')) Directory.CreateDirectory(Path.Combine(root, path));
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
                File.WriteAllText(Path.Combine(root, path), content);
            }
        var folder = Directory.CreateDirectory(Path.Combine(root, "upgrade")).FullName;
        File.Copy(Path.Combine(BuiltFiles.TestModule("Counted"), "Counted.dll"), Path.Combine(folder, "Counted.dll"));
    }

    /// <summary>What there must be once the installation has these modules behind it. Directories end in a slash.</summary>
    public static IReadOnlyDictionary<string, string> After(IReadOnlyList<string> modules)
    {
        var addons = modules.Contains("V1_003") ? "data/addon-db/" : "data/addons/";
        Dictionary<string, string> files = new()
        {
            ["config.ini"] = "[fleet]",
            ["data/"] = "",
            ["data/applied.txt"] = string.Concat(modules.Select(module => $"{module}\n")),
        };
        AddTree(addons);
        if (modules.Contains("V1_005")) AddTree("data/copy/");
        if (!modules.Contains("V1_004")) files["data/old.txt"] = "old";
        else (files["data/new/"], files["data/new/deep/"], files["data/new/deep/file.txt"]) = ("", "", "new");
        if (!modules.Contains("V1_006")) (files["data/cache/"], files["data/cache/entry"]) = ("", "cached");
        return files;

        void AddTree(string tree) =>
            (files[tree], files[$"{tree}one.txt"], files[$"{tree}sub/"], files[$"{tree}sub/two.txt"]) = ("", "one", "", "two");
    }
}
