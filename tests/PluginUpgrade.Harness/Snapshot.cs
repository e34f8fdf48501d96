namespace PluginUpgrade.Harness;

/// <summary>
/// What users and their scripts rely on, as a text file beside the tests. With <c>KRANG_SNAPSHOTS=write</c> the files are written anew;
/// what that changed is then reviewed like any other change.
/// </summary>
/// <param name="folder">From the repository's root.</param>
public sealed class Snapshot(string folder)
{
    private readonly string _folder = Path.Combine(Repository(), folder);

    /// <summary>What differs; empty where nothing does.</summary>
    public string Difference(string name, string text)
    {
        var file = Path.Combine(_folder, $"{name}.txt");
        if (Environment.GetEnvironmentVariable("KRANG_SNAPSHOTS") == "write")
        {
            Directory.CreateDirectory(_folder);
            File.WriteAllText(file, text);
        }
        if (!File.Exists(file)) return $"{file} does not exist: KRANG_SNAPSHOTS=write makes it.";
        var (expected, actual) = (File.ReadAllText(file).Split('\n'), text.Split('\n'));
        if (expected.SequenceEqual(actual)) return "";
        return $"{file} differs (docs/CONTRIBUTING.md, snapshots):\n" + string.Join('\n',
            expected.Except(actual).Select(line => $"- {line}").Concat(actual.Except(expected).Select(line => $"+ {line}")));
    }

    /// <summary>The names of all files.</summary>
    public IEnumerable<string> Names => Directory.EnumerateFiles(_folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file));

    /// <summary>The root of the sources that this test was built from.</summary>
    public static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
