using System.Text.RegularExpressions;

namespace PluginUpgrade.Tests.Conventions;

/// <summary>What docs/architecture.md says of the engine's folders, held against the code.</summary>
public partial class TheHouse
{
    /// <summary>In the order in which data flows: each may use those before it.</summary>
    private static readonly string[] Folders =
    [
        "Unix", "Schemas", "Steps", "Programs", "Postgres", "Settings", "Instances", "Catalogue", "Loading", "Files", "Payloads",
        "Journals", "Databases", "Saves", "Planning", "Checks", "Drift", "Running", "Restores", "Swaps", "Upgrades", "Reports",
    ];

    private static readonly string Engine = Path.Combine(Repository(), "src", "PluginUpgrade");

    /// <summary>The nouns at the root, which everybody uses, use no folder.</summary>
    [Fact]
    public void Uses_flow_one_way() => Assert.Empty(
        from folder in Folders.Prepend("")
        where Directory.Exists(Path.Combine(Engine, folder))
        from file in Directory.EnumerateFiles(Path.Combine(Engine, folder), "*.cs",
            folder.Length == 0 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
        from used in UsedIn(File.ReadAllText(file))
        where Array.IndexOf(Folders, used[..used.IndexOf('.')]) > Array.IndexOf(Folders, folder)
        select $"{folder}/{Path.GetFileName(file)} uses {used}");

    [Theory]
    [InlineData("using PluginUpgrade.Checks;", "Checks.*")]
    [InlineData("using static PluginUpgrade.Checks.Requirements;", "Checks.*")]
    [InlineData("using Asked = PluginUpgrade.Checks.Unmet;", "Checks.Unmet")]
    [InlineData("    public Checks.Unmet? Reason { get; }", "Checks.Unmet")]
    [InlineData("    List<global::PluginUpgrade.Checks.Unmet> found = [];", "Checks.Unmet")]
    [InlineData("    var read = Postgres.Embedded.Postmaster.Read(path);", "Postgres.Embedded")]
    [InlineData("    /// <see cref=\"Checks.Unmet\"/>")]
    [InlineData("    var count = Checks.Count;")]
    [InlineData("    settings.Checks.Unmet();")]
    public void Sees_every_way_to_name_a_folder(string line, params string[] used) => Assert.Equal(used, UsedIn(line));

    /// <summary>
    /// What code names of the folders: <c>Checks.*</c> where a using brings all of it, <c>Checks.Unmet</c> where a type of it, or a folder
    /// below it, is named in full. A property that is called as a folder is none of both.
    /// </summary>
    private static IEnumerable<string> UsedIn(string code)
    {
        foreach (var line in code.Split('\n').Where(line => !line.AsSpan().TrimStart().StartsWith("//", StringComparison.Ordinal)))
            if (OwnUsing().Match(line) is { Success: true } brought) yield return $"{brought.Groups[1].Value}.*";
            else
                foreach (Match named in QualifiedName().Matches(line))
                    if (Names.Value[named.Groups[1].Value].Contains(named.Groups[2].Value))
                        yield return $"{named.Groups[1].Value}.{named.Groups[2].Value}";
    }

    /// <summary>Of each folder: the types in it, and the folders below it.</summary>
    private static readonly Lazy<ILookup<string, string>> Names = new(() => (
        from folder in Folders
        where Directory.Exists(Path.Combine(Engine, folder))
        let path = Path.Combine(Engine, folder)
        from name in Directory.EnumerateDirectories(path).Select(below => Path.GetFileName(below)).Concat(
            from file in Directory.EnumerateFiles(path, "*.cs")
            from Match declared in Declaration().Matches(File.ReadAllText(file))
            select declared.Groups[1].Value)
        select (folder, name)).ToLookup(pair => pair.folder, pair => pair.name));

    [Fact]
    public void Has_no_folder_that_the_order_does_not_know() => Assert.Empty(
        Directory.EnumerateDirectories(Engine).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")).Except(Folders));

    /// <summary>A folder that has grown beyond that holds more than its name says.</summary>
    [Fact]
    public void Has_no_folder_of_more_than_two_thousand_lines() => Assert.Empty(
        from folder in Directory.EnumerateDirectories(Engine, "*", SearchOption.AllDirectories)
        let lines = Directory.EnumerateFiles(folder, "*.cs").Sum(file => File.ReadLines(file).Count())
        where lines > 2000 && !folder.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj"]).Any()
        select $"{folder}: {lines}");

    [Fact]
    public void Plans_without_a_database() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Engine, "Planning"), "*.cs"), file => File.ReadAllText(file).Contains("using Npgsql"));

    [Fact]
    public void Has_a_console_in_the_command_line_only() => Assert.DoesNotContain(
        Sources("src"), file => !file.Contains("PluginUpgrade.Cli") && ConsoleUse().IsMatch(File.ReadAllText(file)));

    [Fact]
    public void Has_no_global_usings_of_its_own() => Assert.DoesNotContain(
        Sources("src"), file => File.ReadAllText(file).Contains("global using PluginUpgrade"));

    [Fact]
    public void Has_short_files_and_lines() => Assert.Empty(
        from file in Sources("src").Concat(Sources("tests"))
        let lines = File.ReadAllLines(file)
        where lines.Length > 300 || lines.Any(line => line.Length > 140)
        select $"{file}: {lines.Length} lines, the longest of {lines.Max(line => line.Length)}");

    /// <summary>Two in a row are found by the build.</summary>
    [Fact]
    public void Has_no_blank_line_inside_braces_or_at_a_files_ends() => Assert.Empty(
        from file in ((string[])["src", "tests", "bench", "plugins"]).SelectMany(Sources)
        where StrayBlankLine().IsMatch(File.ReadAllText(file))
        select file);

    /// <summary>Every code that a user may meet is explained, and none is explained that does not exist.</summary>
    [Fact]
    public void Explains_every_error_code()
    {
        var used = Sources("src").SelectMany(CodesIn).ToHashSet();
        var explained = CodesIn(Path.Combine(Repository(), "docs", "errors.md")).ToHashSet();
        Assert.Empty(used.Except(explained).Order());
        Assert.Empty(explained.Except(used).Order());
    }

    [Fact]
    public void Explains_no_error_code_twice() => Assert.Empty(
        File.ReadLines(Path.Combine(Repository(), "docs", "errors.md")).Where(line => line.StartsWith("| KU-", StringComparison.Ordinal))
            .GroupBy(line => line.Split(' ')[1]).Where(rows => rows.Count() > 1).Select(rows => rows.Key));

    [Fact]
    public void Tells_changes_under_three_headings()
    {
        string[] headings = ["### Added", "### Changed", "### Fixed"];
        var log = File.ReadAllLines(Path.Combine(Repository(), "docs", "CHANGELOG.md"));
        var releases = log.Index().Where(line => line.Item.StartsWith("## ", StringComparison.Ordinal)).Select(line => line.Index).ToList();
        Assert.NotEmpty(releases);
        foreach (var (start, end) in releases.Zip(releases.Skip(1).Append(log.Length)))
        {
            var entries = log[(start + 1)..end].Where(line => line.Length > 0 && !line.StartsWith(' ')).ToList();
            Assert.Empty(entries.Where(line => !line.StartsWith("- ", StringComparison.Ordinal)).Except(headings));
            Assert.Contains(entries[0], headings);
        }
    }

    private static IEnumerable<string> CodesIn(string file) => Code().Matches(File.ReadAllText(file)).Select(match => match.Value);

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"));

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex(@"^\s*(?:global )?using (?:static )?PluginUpgrade\.(\w+)")]
    private static partial Regex OwnUsing();

    [GeneratedRegex(@"(?<![\w.])(?:global::)?(?:PluginUpgrade\.)?([A-Z]\w*)\.(\w+)")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?\[\], ]+) (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\bConsole\.(Out|Error|In|Write)")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"\A\s*\n|\{[ \t]*\n[ \t]*\n|\n[ \t]*\n[ \t]*\}|\n\s*\n\z")]
    private static partial Regex StrayBlankLine();

    [GeneratedRegex(@"KU-\d{4}")]
    private static partial Regex Code();
}
