using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Reports;

/// <summary>The closed list of events, walked: each is a line with the fields that docs/events.md names, and no others.</summary>
public class TheEventsOfARun
{
    private static readonly Problem Bad = new("KU-5002", "acme", "It broke.", "Mend it.");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly Lane Lane = new(Fleet.Target("acme"), [new RunModule(Fleet.Module("1.2")) { Version = Fleet.V("1.2") }]);
    private static readonly Stage Stage = new("instances 1.2", [Lane]);
    private static readonly UpgradeStep Step = Lane.Steps.Single();

    private static readonly UpgradeEvent[] One =
    [
        new UpgradeEvent.RunStarted(Guid.Empty, new Plan([Stage]), IsDryRun: false, DateTimeOffset.UnixEpoch),
        new UpgradeEvent.SaveTold(new SaveEvent.Finished(
            new SaveManifest
            {
                Id = "x",
                Installation = "krang",
                StartedAt = DateTimeOffset.UnixEpoch,
                FinishedAt = DateTimeOffset.UnixEpoch,
                BeforeUpgrade = true,
                Host = "here",
                RunId = Guid.Empty,
                Targets = [],
                Archives = [],
            }, "/saves/x")),
        new UpgradeEvent.StageStarted(Stage, 1, 1),
        new UpgradeEvent.LaneStarted(Lane),
        new UpgradeEvent.StepStarted(Step),
        new UpgradeEvent.StepProgressed(Step, 1, 2),
        new UpgradeEvent.StepLogged(Step, LogLevel.Information, "well"),
        new UpgradeEvent.StatementSent(Step, "SELECT 1"),
        new UpgradeEvent.StepRetried(Step, 2, "deadlock", "40P01"),
        new UpgradeEvent.StepSkipped(Step, "done by another run"),
        new UpgradeEvent.StepSucceeded(Step, Second),
        new UpgradeEvent.StepFailed(Step, Bad, Second,
            ToldException.Of(new Npgsql.PostgresException("no", "ERROR", "ERROR", "22012"))),
        new UpgradeEvent.StepCancelled(Step),
        new UpgradeEvent.StepRolledBack(Step, Step),
        new UpgradeEvent.LaneFailed(Lane, Bad),
        new UpgradeEvent.LaneFinished(Lane, new LaneOutcome(Lane.Target, 1, 0, 0)),
        new UpgradeEvent.LaneHeldBack(Lane),
        new UpgradeEvent.StageHeldBack(Stage),
        new UpgradeEvent.RunFinished(new RunOutcome(Guid.Empty, 1, 0, 0, [], Stopped: false, Second)),
        new UpgradeEvent.HookStarted("Before", new OperatorHook("true", Second)),
        new UpgradeEvent.HookEnded("Before", Bad, Second),
    ];

    public static TheoryData<string> Kinds => [.. One.Select(happened => happened.GetType().Name)];

    [Fact]
    public void Are_all_tried_here() => Assert.Equal(
        typeof(UpgradeEvent).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(UpgradeEvent))).Select(type => type.Name).Order(),
        One.Select(happened => happened.GetType().Name).Order());

    [Theory, MemberData(nameof(Kinds))]
    public void Are_lines_with_the_fields_that_the_document_names(string kind)
    {
        var line = Logged(One.Single(happened => happened.GetType().Name == kind));

        Assert.Equal(kind, (string?)line["Event"]);
        Assert.NotEmpty((string?)line["@m"] ?? "");
        var fields = line.Select(property => property.Key).Where(name => !name.StartsWith('@') && name != "Event");
        Assert.Equal(string.Join(' ', Documented(kind).Order()), string.Join(' ', fields.Order()));
    }

    [Fact]
    public void Name_the_documents_events_and_no_others() => Assert.Equal(
        Rows().Select(row => row.Kind).Order(), One.Select(happened => happened.GetType().Name).Order());

    [Fact]
    public void Begin_with_their_format()
    {
        var first = Logged(One[0]);
        Assert.Equal(RunLog.Format, (string?)first["Format"]);
        Assert.Contains($"`{RunLog.Format}`", Document());
        Assert.Equal("instances 1.2", (string?)first["Plan"]![0]!["Name"]);
    }

    [Fact]
    public void Say_the_servers_state_of_a_failure() =>
        Assert.Equal("22012", (string?)Logged(One.OfType<UpgradeEvent.StepFailed>().Single())["SqlState"]);

    private static JsonObject Logged(UpgradeEvent happened)
    {
        using var root = new TempDirectory();
        using (var log = new RunLog(root.Root, Guid.NewGuid(), DateTimeOffset.UnixEpoch, 9, text => text)) log.On(happened);
        var line = File.ReadAllLines(Directory.EnumerateFiles(root.Root, "*.jsonl", SearchOption.AllDirectories).Single()).Single();
        return JsonNode.Parse(line)!.AsObject();
    }

    private static string[] Documented(string kind) => Rows().Single(row => row.Kind == kind).Fields;

    private static IEnumerable<(string Kind, string[] Fields)> Rows() =>
        from line in Document().Split('\n')
        where line.StartsWith("| `", StringComparison.Ordinal) && char.IsUpper(line[3])
        let cells = line.Split('|')
        where cells.Length == 5
        let own = cells[2].Replace("*step*", "`Target` `Scope` `Version` `Module` `Component` `Kind`", StringComparison.Ordinal)
            .Replace("*target*", "`Target` `Scope`", StringComparison.Ordinal)
        select (cells[1].Trim(' ', '`'), own.Split(['`', ' ', ','], StringSplitOptions.RemoveEmptyEntries));

    private static string Document()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "PluginUpgrade.sln"))) root = Path.GetDirectoryName(root)!;
        return File.ReadAllText(Path.Combine(root, "docs", "events.md"));
    }
}
