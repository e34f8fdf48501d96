using System.Text;

namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I1 and I2 for files: they are as the installation's journalled modules left them. I5: nothing else is there.</summary>
internal static class FilesOnDisk
{
    /// <summary>Below the root, and not the modules' work.</summary>
    private static readonly string[] HostsOwn = ["krang-upgrade.json", "upgrade/", "data/upgrade-logs/"];

    public static IEnumerable<Violation> Find(Expectation expected, TargetState installation)
    {
        var wanted = expected.FilesAfter([.. installation.DoneByJournal.Order(StringComparer.Ordinal)]);
        var found = Read(expected.Root);
        foreach (var (path, content) in wanted)
            if (!found.TryGetValue(path, out var there)) yield return new Violation("I1", path, "is not there");
            else if (there != content) yield return new Violation("I1", path, $"holds '{there}' and should hold '{content}'");
        foreach (var path in found.Keys.Except(wanted.Keys)) yield return new Violation("I5", path, "should not be there");
    }

    public static SortedDictionary<string, string> Read(string root)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        foreach (var path in Directory.EnumerateFileSystemEntries(root, "*", everything))
        {
            var isDirectory = Directory.Exists(path);
            var name = Path.GetRelativePath(root, path) + (isDirectory ? "/" : "");
            if (!HostsOwn.Any(own => own.EndsWith('/') ? name.StartsWith(own, StringComparison.Ordinal) : name == own))
                found[name] = isDirectory ? "" : File.ReadAllText(path, Encoding.UTF8);
        }
        return found;
    }
}
