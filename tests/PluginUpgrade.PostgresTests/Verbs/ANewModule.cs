using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

public class ANewModule
{
    [Fact]
    public async Task Is_a_project_whose_build_lands_in_the_drop_folder_and_never_over_another()
    {
        using var directory = new TempDirectory();
        var root = directory.Root;

        var result = await RunAsync("new", "1.005", "--root", root, "--json");
        Assert.True(result.ExitCode == 0, $"{result}");
        var project = Path.Combine(root, "modules", "V1_005");
        Assert.Equal(
            ["V1_005.cs", "V1_005.csproj"], Directory.EnumerateFiles(project).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal($"dotnet build -c Release {project}", $"{JsonNode.Parse(result.Output)!["next"]}");
        var text = File.ReadAllText(Path.Combine(project, "V1_005.csproj")) + File.ReadAllText(Path.Combine(project, "V1_005.cs"));
        Assert.Contains("<OutputPath>../../upgrade/$(MSBuildProjectName)/</OutputPath>", text);
        Assert.Contains("class V1_005 ", text);
        Assert.DoesNotContain("V0_000", text);

        Directory.CreateDirectory(Path.Combine(root, "upgrade", "V1_005"));
        File.WriteAllBytes(Path.Combine(root, "upgrade", "late.dll"), ModuleAssembly.Of("late", Sample.Counting("V1_5")));
        var again = await RunAsync("new", "1.005", "--root", root);
        Assert.Equal((2, 3), (again.ExitCode, Refusal.Codes(again).Count(code => code == "KU-1131")));
        Assert.Equal("KU-1102", Refusal.Codes(await RunAsync("new", "five", "--root", root)).Single());
    }

    [Fact]
    public async Task G1d_says_what_to_type_next_as_a_shell_takes_it()
    {
        using var directory = new TempDirectory();
        var root = Directory.CreateDirectory(Path.Combine(directory.Root, "it's here")).FullName;

        var result = await RunAsync("new", "1.005", "--root", root, "--json");

        var next = $"{JsonNode.Parse(result.Output)!["next"]}";
        Assert.StartsWith("dotnet build -c Release ", next);
        var words = await CommandLines.RunAsync($"printf '%s\\n' {next}");
        Assert.Equal($"dotnet\nbuild\n-c\nRelease\n{Path.Combine(root, "modules", "V1_005")}\n", words.Output);
    }

    [Fact]
    public async Task Lands_in_the_drop_folder_that_the_settings_name()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(Path.Combine(directory.Root, "krang-upgrade.json"), """{ "Installation": { "Modules": "a & b/drop" } }""");

        Assert.Equal(0, (await RunAsync("new", "1.005", "--root", directory.Root)).ExitCode);

        var project = System.Xml.Linq.XDocument.Load(Path.Combine(directory.Root, "modules", "V1_005", "V1_005.csproj"));
        Assert.Equal("../../a & b/drop/$(MSBuildProjectName)/", project.Descendants("OutputPath").Single().Value);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("V01_005")]
    [InlineData("1.005.0")]
    [InlineData("0")]
    [InlineData("V0_0")]
    public async Task Is_no_second_one_of_a_version_however_that_is_spelled_nor_one_that_never_runs(string version)
    {
        using var directory = new TempDirectory();
        Assert.Equal(0, (await RunAsync("new", "1.005", "--root", directory.Root)).ExitCode);

        var result = await RunAsync("new", version, "--root", directory.Root);

        Assert.Equal(2, result.ExitCode);
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(directory.Root, "modules")));
    }

    [Fact]
    public async Task Is_built_by_the_command_that_is_printed_wherever_it_lies()
    {
        using var directory = new TempDirectory();
        var root = Directory.CreateDirectory(Path.Combine(directory.Root, "it's $HOME; 100%41 (b)")).FullName;
        var other = Directory.CreateDirectory(Path.Combine(directory.Root, "a", "b")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "modules"), other);

        var result = await RunAsync("new", "1.005", "--root", root, "--json");

        Assert.Equal($"dotnet build -c Release {NextCommand.Quote(Path.Combine(root, "modules", "V1_005"))}",
            $"{JsonNode.Parse(result.Output)!["next"]}");
        var project = System.Xml.Linq.XDocument.Load(Path.Combine(other, "V1_005", "V1_005.csproj"));
        var written = project.Descendants("OutputPath").Single().Value;
        Assert.StartsWith(Path.Combine(directory.Root, "it%27s %24HOME%3B 100%2541 %28b%29", "upgrade"), written);
    }

    private static async Task<HostResult> RunAsync(params string[] arguments)
    {
        using var host = HostProcess.Start(arguments);
        return await host.EndAsync();
    }
}
