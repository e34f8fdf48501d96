using System.Text.Json;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Steps;

/// <summary>The closed list, walked: what every kind must say of itself, and every report of it.</summary>
public class EveryKindOfAction
{
    private static readonly Payload Files = new()
    {
        Version = Fleet.V("1.2"),
        Folder = "/payload",
        Sha256 = "abc",
        Files = [],
        Remove = [],
    };

    private static readonly StepAction[] One =
    [
        new RunModule(Fleet.Module("1.2")) { Version = Fleet.V("1.2") },
        new AcceptModule(Fleet.Module("1.2"), Scope.Instance, "only a comment") { Version = Fleet.V("1.2") },
        new RecordVersion(VersionReason.Reached) { Version = Fleet.V("1.2") },
        new InstallFiles(Files),
        new CheckGate(new WaveGate("SELECT true", null, TimeSpan.FromSeconds(1))),
        new Restore { Version = Fleet.V("1.2") },
        .. SideBySideAction.Of(Fleet.Module("1.2", "b") with { Drains = true }).Select(part => part with { Version = Fleet.V("1.2") }),
        new RollBackSwap(Fleet.V("1.2"), [Fleet.V("2.0")]) { Version = Fleet.V("1.2") },
        new PurgeKept(["acme__before"]),
        new ApplySchema(Fleet.Module("1.2"), new SchemaSlice(Fleet.V("1.2"), []), Scope.Instance) { Version = Fleet.V("1.2") },
        new CreateSchema("WikiSchema", new SchemaSlice(Fleet.V("1.2"), []), []) { Version = Fleet.V("1.2") },
    ];

    public static TheoryData<string> Kinds => [.. One.Select(action => action.Kind)];

    private static StepAction Action(string kind) => One.Single(action => action.Kind == kind);

    [Fact]
    public void Is_tried_here() => Assert.Equal(
        typeof(StepAction).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(StepAction)) && !type.IsAbstract)
            .Select(type => type.Name).Order(),
        One.Select(action => action.Kind).Order());

    [Theory, MemberData(nameof(Kinds))]
    public void Has_a_title_and_a_version_only_where_it_reaches_one(string kind)
    {
        var action = Action(kind);
        Assert.NotEmpty(action.Title);
        Assert.NotEmpty(action.ShortTitle);
        Assert.Equal($"{action.Title} on acme", $"{new UpgradeStep(Fleet.Target("acme"), action)}");
        Assert.True(action.ShownVersion is not null || action.Entry is null, "What the journal keeps has a version.");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Says_of_each_reason_why_it_failed(string kind)
    {
        var problem = Action(kind).Failed(new UpgradeStep(Fleet.Target("acme"), Action(kind)), "It broke.");
        Assert.Contains("It broke.", problem.Message);
        Assert.StartsWith("KU-", problem.Code);
    }

    /// <summary>Neither reports by mistake that a version was recorded, where something was done.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void Is_recorded_as_a_baseline_only_where_nothing_is_run(string kind) =>
        Assert.Equal(kind is nameof(RecordVersion) or nameof(CreateSchema), Action(kind).Entry is { IsBaseline: true });

    [Theory, MemberData(nameof(Kinds))]
    public void Is_written_to_the_log(string kind)
    {
        using var root = new TempDirectory();
        var step = new UpgradeStep(Fleet.Target("acme"), Action(kind));
        using (var log = new RunLog(root.Root, Guid.NewGuid(), DateTimeOffset.UnixEpoch, 9, text => text))
        {
            log.On(new UpgradeEvent.StepStarted(step));
            log.On(new UpgradeEvent.StepLogged(step, LogLevel.Information, "well"));
            log.On(new UpgradeEvent.StepSucceeded(step, TimeSpan.FromSeconds(1)));
            log.On(new UpgradeEvent.StepFailed(step, step.Action.Failed(step, "It broke."), TimeSpan.Zero));
        }
        var lines = File.ReadAllLines(Directory.EnumerateFiles(root.Root, "*.jsonl", SearchOption.AllDirectories).Single());
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
    }
}
