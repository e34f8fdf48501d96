using System.Text.Json.Nodes;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests;

/// <summary>
/// Values of which there are a few, read from files and settings: a number, two of them, nothing, and a word that is none are refused, by
/// the file's or the setting's own error. A number would be read as whatever has that place in the code.
/// </summary>
public class WordsOfAClosedList
{
    public static TheoryData<string> NotOne => ["0", "1", "99", "-1", "null", "[]", "{}", "true", "\"\"", "\"0\"", "\"1\"", "\" \"",
        "\"nonsense\"", "\"auto, never\"", "\"versionByVersion,installationFirst\"", "\"installation, instance\""];

    private static readonly PlanFile Plan = new()
    {
        Format = PlanFile.CurrentFormat,
        Program = "1",
        MadeAt = DateTimeOffset.UnixEpoch,
        Request = new PlanRequest { Save = SaveRule.Auto },
        Modules = [],
        Targets = [new PlannedTarget(Scope.Instance, "acme", "db:5432", "krang", "acme", null)],
        Stages = [],
    };

    [Theory]
    [MemberData(nameof(NotOne))]
    public void Is_refused_in_a_plan_wherever_one_is_expected(string value)
    {
        (string, Func<JsonNode, JsonNode>)[] places =
        [
            ("$.request.save", plan => plan["request"]!), ("$.request.order", plan => plan["request"]!),
            ("$.targets[0].scope", plan => plan["targets"]![0]!),
        ];
        foreach (var (path, parent) in places)
        {
            var plan = JsonNode.Parse(Plan.Text())!;
            parent(plan)[path.Split('.')[^1]] = JsonNode.Parse(value);

            var refused = Assert.Throws<FormatException>(() => PlanFile.Parse(plan.ToJsonString()));

            Assert.Equal($"It is not a plan of krang-upgrade ({path}).", refused.Message);
        }
    }

    /// <summary>.NET's own ways to read one, which take numbers and sums. What writes alone may use them, and what asks before.</summary>
    [Fact]
    public void Are_read_in_no_other_way()
    {
        string[] allowed =
        [
            "JsonFormat.cs", // writes only
            "SettingsReader.cs", // looks at the letters first
            "JournalShape.cs", // words of our own query
            "WordConverter.cs",
        ];
        var sources = Path.Combine(Snapshot.Repository(), "src");
        var others = Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/") && !allowed.Contains(Path.GetFileName(file)))
            .Where(file => File.ReadAllText(file) is var text
                && (text.Contains("JsonStringEnumConverter") || text.Contains("Enum.Parse") || text.Contains("Enum.TryParse")));
        Assert.Empty(others);
    }

    /// <summary>Settings are text: there a number and a word in quotes are the same, and nothing is the default.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("99")]
    [InlineData("-1")]
    [InlineData("true")]
    [InlineData("nonsense")]
    [InlineData("auto,never")]
    [InlineData("always, never")]
    public void Is_refused_in_settings(string value)
    {
        var root = Directory.CreateTempSubdirectory("krang-upgrade-tests-").FullName;
        File.WriteAllText(Path.Combine(root, SettingsSources.FileName), "{}");

        var (_, problems) = SettingsReader.Read(root, arguments: [$"--Run:Save={value}", $"--Run:Ask={value}"]);

        Directory.Delete(root, recursive: true);
        Assert.Equal(["KU-1005 Run:Ask", "KU-1005 Run:Save"], problems.Select(problem => $"{problem.Code} {problem.Subject}").Order());
    }

    [Theory]
    [InlineData("SSL Mode=1")]
    [InlineData("SSL Mode=99")]
    [InlineData("SSL Mode=-1")]
    [InlineData("SSL Mode=Disable,Require")]
    [InlineData("SSL Mode=nonsense")]
    [InlineData("Channel Binding=2")]
    [InlineData("GSS Encryption Mode=0")]
    [InlineData("Server Compatibility Mode=1")]
    public void Is_refused_in_a_connection_string(string part)
    {
        var fault = DatabaseAddress.Fault($"Host=db;Database=x;Username=u;{part}", complete: true);
        Assert.Equal($"the value of its keyword '{part.Split('=')[0].ToLowerInvariant()}' is not valid.", fault?.ToLowerInvariant());
    }

    [Theory]
    [InlineData("SSL Mode=VerifyFull")]
    [InlineData("ssl mode=prefer")]
    public void Is_taken_by_its_name(string part) =>
        Assert.Null(DatabaseAddress.Fault($"Host=db;Database=x;Username=u;{part}", complete: true));
}
