using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Running;

public class AFailureBudget
{
    private static readonly Problem Broken = new("KU-5002", "", "", "");

    private static Stage Wave(string name, bool first, params string[] targets) => new(name, [.. targets.Select(LaneOf)])
    {
        FollowsFailures = !first,
        MayFail = true,
    };

    private static Lane LaneOf(string target) =>
        new(Fleet.Target(target), [new RunModule(Fleet.Module("1")) { Version = UpgradeVersion.Parse("1") }]);

    /// <summary>Targets whose names begin with x fail.</summary>
    private static async Task<(RunOutcome Outcome, string HeldBack)> RunAsync(int? budget, params Stage[] stages)
    {
        var events = Channel.CreateUnbounded<UpgradeEvent>();
        var runner = new Runner((lane, _, _) => Task.FromResult(lane.Target.Name[0] == 'x'
            ? new LaneOutcome(lane.Target, 0, 0, 1, Broken) : new LaneOutcome(lane.Target, 1, 0, 0)),
            parallel: 1, budget, events.Writer, TimeProvider.System);
        var outcome = await runner.RunAsync(Guid.NewGuid(), new Plan(stages), false, CancellationToken.None, CancellationToken.None);
        events.Writer.Complete();
        List<string> held = [];
        await foreach (var happened in events.Reader.ReadAllAsync())
            if (happened is UpgradeEvent.StageHeldBack { Stage.Name: var stage }) held.Add(stage);
            else if (happened is UpgradeEvent.LaneHeldBack { Lane.Target.Name: var target }) held.Add(target);
        return (outcome, string.Join(' ', held));
    }

    [Fact]
    public async Task Without_a_budget_the_wave_ends_and_the_next_is_held_back()
    {
        var (outcome, held) = await RunAsync(null, Wave("one", true, "a", "x", "b"), Wave("two", false, "c"));
        Assert.Equal("two", held);
        Assert.Equal((2, 2, 1), (outcome.Done, outcome.Left, outcome.Failed.Count));
    }

    [Fact]
    public async Task Is_for_the_whole_run()
    {
        var (outcome, held) = await RunAsync(
            2, Wave("one", true, "a", "x1"), Wave("two", false, "b", "x2", "c"), Wave("three", false, "d"));
        Assert.Equal("c three", held);
        Assert.Equal((2, 1), (outcome.Done, outcome.ExitCode));
    }

    [Fact]
    public async Task Lets_no_other_stage_follow_a_failure()
    {
        var (outcome, held) = await RunAsync(9, Wave("one", true, "x", "a"), Wave("two", false, "b"), new Stage("wall", [LaneOf("c")]));
        Assert.Equal("wall", held);
        Assert.Equal(2, outcome.Done);
    }

    private static Stage Of(string line, string target) =>
        new($"{line} {target}", [LaneOf(target)]) { Component = line, DependsOn = ["", line] };

    [Fact]
    public async Task Is_not_needed_for_an_add_on_to_go_on_where_another_one_failed()
    {
        var (outcome, held) = await RunAsync(
            null, new Stage("product", [LaneOf("a")]), Of("Nitro", "x"), Of("Nitro", "b"), Of("Turbo", "c"), Of("Turbo", "d"));
        Assert.Equal("Nitro b", held);
        Assert.Equal((3, 1, 1), (outcome.Done, outcome.Failed.Count, outcome.ExitCode));
    }

    [Fact]
    public async Task Without_a_budget_every_add_on_is_held_back_if_the_product_failed()
    {
        var (_, held) = await RunAsync(null, new Stage("product", [LaneOf("x")]), Of("Nitro", "b"), Of("Turbo", "c"));
        Assert.Equal("Nitro b Turbo c", held);
    }

    [Fact]
    public async Task Is_spent_by_all_add_ons_together()
    {
        var (_, held) = await RunAsync(1, new Stage("product", [LaneOf("a")]), Of("Nitro", "x"), Of("Turbo", "c"));
        Assert.Equal("Turbo c", held);
    }

    [Fact]
    public async Task Has_no_say_where_a_gate_is_closed()
    {
        var gate = new Stage("gate", [LaneOf("x")]) { FollowsFailures = true };
        var (_, held) = await RunAsync(9, Wave("one", true, "a"), gate, Wave("two", false, "b"));
        Assert.Equal("two", held);
    }

    [Theory]
    [InlineData("5 %", 100, 6)]
    [InlineData("5 %", 10, 1)]
    [InlineData("100 %", 10, 11)]
    [InlineData("3", 100, 3)]
    public void As_a_share_is_spent_with_the_first_failure_beyond_it(string text, int all, int spent)
    {
        Assert.True(CountOrPercent.TryParse(text, out var amount));
        Assert.Equal(spent, amount.Spent(all));
    }
}
