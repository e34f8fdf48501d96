using Microsoft.Extensions.Configuration;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Settings;

public class FindingSections
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""
        {
          "b": { "a": 1, "A-x": { "c": 2 }, "a:d": 3, "10": 4, "9": 5, "é": { "É ": 6 } },
          "B-c": [1, { "z": [] }], "B:e": true, "b2": {}, "": { "g": null }, "bb": "", "c:": 7, "K": { "\u212a": 8 }
        }
        """)]
    public void Sections_of_a_file_are_those_that_the_library_finds(string json)
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Root, SettingsSources.FileName);
        File.WriteAllText(file, json);
        var library = new ConfigurationBuilder().AddJsonFile(file)
            .AddEnvironmentVariables(SettingsSources.EnvironmentPrefix).AddCommandLine(["--b:a:more=9"]).Build();
        var (ours, problems) = SettingsSources.Read(directory.Root, null, ["--b:a:more=9"]);
        Assert.Empty(problems);
        // Of keys that differ in case alone, which there are in no order, either may be told.
        Assert.Equal(All(library), All(ours), StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> All(IConfiguration section) =>
        section.GetChildren().SelectMany(child => All(child).Prepend($"{child.Path} = {child.Value ?? "nothing"}"));
}
