using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Tests.Conventions;

/// <summary>What users have holds nothing of what the fault suites put into tests/FaultyHost.</summary>
public partial class TheProductAlone
{
    private static readonly string Repository = RepositoryOf(AppContext.BaseDirectory);

    /// <summary>Every label is a string of the code where its call is compiled.</summary>
    [Fact]
    public void Has_no_seeded_faults()
    {
        var labels = Directory.EnumerateFiles(Path.Combine(Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Label().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.InRange(labels.Count, 40, 200);

        Assert.Empty(Texts(typeof(Poll).Assembly.Location).Intersect(labels));
        Assert.Empty(labels.Except(Texts($"{BuiltFiles.FaultyHost}.dll")));
    }

    [Fact]
    public void Waits_in_one_place() => Assert.Equal(["GuardUpgrade.cs", "Pause.cs"], // the first runs without the engine
        from file in Directory.EnumerateFiles(Path.Combine(Repository, "src"), "*.cs", SearchOption.AllDirectories)
        where File.ReadAllText(file).Contains("Task.Delay(", StringComparison.Ordinal)
        let name = Path.GetFileName(file)
        orderby name
        select name);

    private static HashSet<string> Texts(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var reader = image.GetMetadataReader();
        HashSet<string> texts = [];
        for (var at = reader.GetNextHandle(default(UserStringHandle)); !at.IsNil; at = reader.GetNextHandle(at))
            texts.Add(reader.GetUserString(at));
        return texts;
    }

    private static string RepositoryOf(string directory) =>
        File.Exists(Path.Combine(directory, "PluginUpgrade.sln")) ? directory : RepositoryOf(Path.GetDirectoryName(directory)!);

    [GeneratedRegex("SeededFault\\.(?:Point|Change)\\(\"([^\"]+)\"")]
    private static partial Regex Label();
}
