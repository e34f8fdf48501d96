using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;
using Spectre.Console.Testing;

namespace PluginUpgrade.Tests.Terminal;

public sealed class ALiveView : IDisposable
{
    private readonly TestConsole _console = new TestConsole().Interactive().Width(200);

    [Fact]
    public void Counts_targets_that_are_done_running_and_failed() =>
        Assert.Contains("1/3 done, 1 running, 1 failed", Shown(["acme", "globex", "initech"], steps =>
        [
            new UpgradeEvent.StepStarted(steps[0]),
            new UpgradeEvent.StepSucceeded(steps[0], TimeSpan.Zero),
            new UpgradeEvent.StepStarted(steps[1]),
            new UpgradeEvent.StepFailed(steps[1], new Problem("KU-5002", "", "", ""), TimeSpan.Zero),
            new UpgradeEvent.StepStarted(steps[2]),
        ]));

    [Fact]
    public void Takes_no_name_for_markup() =>
        Assert.Contains("[red]shop[/] 1", Shown(["[red]shop[/]"], steps => [new UpgradeEvent.StepStarted(steps[0])]));

    [Fact]
    public void Names_three_steps_that_run_and_says_that_there_are_more() =>
        Assert.Contains("4 running; a 1, b 1, c 1 and 1 more", Shown(
            ["a", "b", "c", "d"], steps => [.. steps.Select(step => new UpgradeEvent.StepStarted(step))]));

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(140)]
    public void G1b_has_its_bar_and_one_line_at_every_width(int width)
    {
        _console.Width(width);

        var shown = Shown([.. Enumerable.Range(1, 30).Select(i => $"instance-{i:00}-of-a-fleet")], steps =>
        [
            new UpgradeEvent.StageStarted(new Stage("wave 10 % of all instances, and their labels", []), 2, 5),
            .. steps.Select(step => new UpgradeEvent.StepStarted(step)),
        ]);

        var lines = shown.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.Contains(lines, line => line.Contains('━') && line.Contains("0/30"));
        if (width >= 80) Assert.Contains("stage 2/5: wave", shown);
    }

    private string Shown(string[] targets, Func<IReadOnlyList<UpgradeStep>, IReadOnlyList<UpgradeEvent>> events)
    {
        var plan = new Plan([new Stage("instances", [.. targets.Select(LaneOf)])]);
        using (var view = new LiveReport(_console))
        {
            view.On(new UpgradeEvent.RunStarted(Guid.Empty, plan, false, DateTimeOffset.UnixEpoch));
            foreach (var happened in events([.. plan.Steps])) view.On(happened);
        }
        return _console.Output;
    }

    private static Lane LaneOf(string target) =>
        new(Fleet.Target(target), [new RunModule(Fleet.Module("1")) { Version = UpgradeVersion.Parse("1") }]);

    public void Dispose() => _console.Dispose();
}
