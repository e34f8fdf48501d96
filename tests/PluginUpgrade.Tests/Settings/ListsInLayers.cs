using Microsoft.Extensions.Configuration;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Settings;

public class ListsInLayers
{
    private static readonly IReadOnlyList<string> Keys = [.. KnownKeys.Lists, "Modules:V1_001:Names"];

    public static TheoryData<string> Lists => [.. Keys];

    [Theory]
    [MemberData(nameof(Lists))]
    public void E1l_the_last_layer_that_names_a_list_gives_all_of_it(string key)
    {
        Assert.Equal(["c"], Read(key, File(key, """["a", "b"]"""), File(key, """["c"]"""), []));
        Assert.Equal(["a", "b"], Read(key, File(key, """["a", "b"]"""), "{}", []));
        Assert.Equal([], Read(key, File(key, """["a", "b"]"""), File(key, "[]"), []));
        Assert.Equal(["c", "d"], Read(key, File(key, "\"a,b\""), File(key, """["c", "d"]"""), []));
        Assert.Equal(["e"], Read(key, File(key, """["a", "b"]"""), File(key, """["c", "d"]"""), [$"--{key}:0=e"]));
        Assert.Equal(["e"], Read(key, File(key, """["a", "b"]"""), File(key, """["c", "d"]"""), [$"--{key}=e"]));
    }

    [Fact]
    public void E1l_a_list_in_variables_is_given_whole_too()
    {
        var variable = "KRANG_Run__SearchPath__0";
        Environment.SetEnvironmentVariable(variable, "v");
        try
        {
            Assert.Equal(["v"], Read("Run:SearchPath", File("Run:SearchPath", """["a", "b"]"""), "{}", []));
            Assert.Equal(["e"], Read("Run:SearchPath", File("Run:SearchPath", """["a", "b"]"""), "{}", ["--Run:SearchPath=e"]));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    /// <summary>Names may be numbers: sections are no lists, and are laid over each other.</summary>
    [Fact]
    public void E1l_instances_with_numbers_for_names_are_no_list()
    {
        using var directory = new TempDirectory();
        var layers = Layers(directory, """{ "Instances": { "0": { "Schema": "a" }, "1": { "Schema": "b" } } }""",
            """{ "Instances": { "1": { "Active": "false" } } }""", ["--Instances:0:Active=false"]);
        Assert.Equal(("a", "b"), (layers["Instances:0:Schema"], layers["Instances:1:Schema"]));
        Assert.Equal(("false", "false"), (layers["Instances:0:Active"], layers["Instances:1:Active"]));
    }

    private static List<string> Read(string key, string file, string layered, string[] arguments)
    {
        using var directory = new TempDirectory();
        var section = Layers(directory, file, layered, arguments).GetSection(key);
        return section.Value is { } text ? [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries)]
            : [.. section.GetChildren().Select(child => child.Value!)];
    }

    private static ConfigurationRoot Layers(TempDirectory directory, string file, string layered, string[] arguments)
    {
        var (one, two) = (Path.Combine(directory.Root, "one.json"), Path.Combine(directory.Root, "two.json"));
        System.IO.File.WriteAllText(one, file);
        System.IO.File.WriteAllText(two, layered);
        SettingsLayer[] layers =
        [
            SettingsLayer.OfFile(one), SettingsLayer.OfFile(two), SettingsLayer.OfEnvironment("KRANG_"),
            SettingsLayer.OfArguments(arguments),
        ];
        SettingsLayer.KeepLastLists(layers, KnownKeys.Lists);
        return new ConfigurationRoot([.. layers]);
    }

    /// <summary>The value at the key, in a file.</summary>
    private static string File(string key, string value) =>
        key.Split(':').Reverse().Aggregate(value, (inner, name) => $$"""{ "{{name}}": {{inner}} }""");
}
