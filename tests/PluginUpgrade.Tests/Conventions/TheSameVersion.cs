using System.Text.RegularExpressions;

namespace PluginUpgrade.Tests.Conventions;

/// <summary>Whoever follows the documents or makes a module from the template gets the Sdk of this very release.</summary>
public partial class TheSameVersion
{
    [Fact]
    public void G1l_stands_in_the_template_and_the_documents_and_Directory_Build_props()
    {
        var root = Snapshot.Repository();
        var properties = File.ReadAllText(Path.Combine(root, "Directory.Build.props"));
        var version = Regex.Match(properties, "<Version>([^<]+)</Version>").Groups[1].Value;
        var templates = Path.Combine(root, "src", "PluginUpgrade.Templates", "content");
        string[] files =
        [
            .. Directory.EnumerateFiles(templates, "*.csproj", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories), Path.Combine(root, "README.md"),
        ];

        var named = files.SelectMany(file => Sdk().Matches(File.ReadAllText(file))
            .Select(match => $"{Path.GetFileName(file)}: {match.Groups[1].Value}{match.Groups[2].Value}")).ToList();

        Assert.Contains($"V0_000.csproj: {version}", named);
        Assert.All(named, one => Assert.EndsWith($": {version}", one));
    }

    /// <summary>In a project, and on the command line; of our packages.</summary>
    [GeneratedRegex("""
        PluginUpgrade\.[A-Za-z.]+"\ Version="([^"]+)" | PluginUpgrade\.[A-Za-z]+(?:\.|::|\ --version\ )([0-9]+\.[0-9]+\.[0-9]+)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Sdk();
}
