using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Planning;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Reports;

/// <summary>What modules write is left out first: how the run ends is always there.</summary>
public class ALogThatIsFull
{
    private static readonly Lane Lane = new(Fleet.Target("acme"), [new RunModule(Fleet.Module("1.2")) { Version = Fleet.V("1.2") }]);

    [Fact]
    public void G2c_has_room_for_the_end_and_says_how_many_lines_were_left_out()
    {
        using var root = new TempDirectory();
        var step = Lane.Steps.Single();
        var problem = new Problem("KU-5002", "acme", "It broke.", "Mend it.");
        using (var log = new RunLog(root.Root, Guid.NewGuid(), DateTimeOffset.UnixEpoch, 9, text => text, most: 100_000))
        {
            for (var i = 0; i < 10_000; i++) log.On(new UpgradeEvent.StepLogged(step, LogLevel.Error, $"line {i}"));
            for (var i = 0; i < 10_000; i++) log.On(new UpgradeEvent.StepSucceeded(step, TimeSpan.Zero));
            log.On(new UpgradeEvent.StepFailed(step, problem, TimeSpan.Zero));
            log.On(new UpgradeEvent.RunFinished(new RunOutcome(Guid.Empty, 1, 0, 0, [], Stopped: false, TimeSpan.Zero)));
        }

        var file = Directory.EnumerateFiles(root.Root, "*.jsonl", SearchOption.AllDirectories).Single();
        var lines = File.ReadAllLines(file).Select(line => JsonNode.Parse(line)!).ToList();
        var kinds = lines.CountBy(line => (string)line["Event"]!).ToDictionary();

        Assert.InRange(new FileInfo(file).Length, 80_000, 100_000);
        Assert.Equal((1, 1, 1), (kinds["LogFull"], kinds["StepFailed"], kinds["RunFinished"]));
        Assert.Equal(20_000 - kinds["StepLogged"] - kinds["StepSucceeded"], (int)lines[^1]["LeftOut"]!);
        Assert.True(kinds["StepSucceeded"] > 0);
    }
}
