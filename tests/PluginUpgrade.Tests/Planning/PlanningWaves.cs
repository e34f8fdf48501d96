using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Planning;

public class PlanningWaves
{
    private static readonly UpgradeModule[] Modules = [Module("1"), Module("2")];
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    private static readonly WaveGate Query = new("SELECT true", null, TimeSpan.FromMinutes(1));
    private static readonly WaveGate Command = new(null, "true", TimeSpan.FromMinutes(1));

    private static (Waves? Waves, IReadOnlyList<Problem> Problems) Waves(
        string[] waves, WaveGate[]? gates = null, string[]? canaries = null) =>
        WavesOf([.. Names.Select(name => canaries?.Contains(name) is true
            ? Target(name) with { Labels = new Dictionary<string, string> { ["ring"] = "canary" } } : Target(name))], waves, gates);

    private static (Waves? Waves, IReadOnlyList<Problem> Problems) WavesOf(Target[] targets, string[] waves, WaveGate[]? gates) =>
        PluginUpgrade.Planning.Waves.Of([.. waves.Select(Parsed)], gates ?? [], targets);

    private static WaveSetting Parsed(string text) =>
        WaveSetting.TryParse(text, out var wave) ? wave : throw new ArgumentException(text);

    private static Plan Plan(Waves? waves, params TargetProgress[] instances) => Planner.Plan(
        Modules, Empty("installation"), instances.Length > 0 ? instances : [.. Names.Select(Empty)], new Goal { Waves = waves }).Plan;

    private static string[] Instances(Plan plan) =>
    [
        .. plan.Stages.Select(stage => string.Concat(stage.Lanes.Select(lane => (lane.Actions[0] is CheckGate ? "?" : "") + lane.Target))),
    ];

    [Fact]
    public void Take_a_label_then_a_share_then_the_rest()
    {
        var (waves, problems) = Waves(["ring=canary", "20 %", "all"], canaries: ["c", "h"]);
        Assert.Empty(problems);
        Assert.Equal(["ch", "ab", "defgij", "installation"], Instances(Plan(waves)));
    }

    [Theory]
    [InlineData("3", "abc", "defghij")]
    [InlineData("1 %", "a", "bcdefghij")]
    [InlineData("25 %", "abc", "defghij")]
    public void Leave_the_rest_to_one_wave_more(string wave, string first, string second)
    {
        var (waves, _) = Waves([wave]);
        Assert.Equal(2, waves!.Count);
        Assert.Equal([first, second, "installation"], Instances(Plan(waves)));
    }

    [Fact]
    public void Stay_as_they_were_when_the_command_is_given_again()
    {
        var (waves, _) = Waves(["2", "3"]);
        var done = With("a", Modules);
        Assert.Equal(["b", "cde", "fghij", "installation"], Instances(Plan(waves, [done, .. Names[1..].Select(Empty)])));
    }

    [Fact]
    public void Have_gates_between_them_and_none_after_the_last()
    {
        var (waves, _) = Waves(["1", "1", "all"], [Query, Command]);
        Assert.Equal(
            ["a", "?a", "?installation", "b", "?b", "?installation", "cdefghij", "installation"], Instances(Plan(waves)));
    }

    [Fact]
    public void Ask_the_gate_again_where_its_wave_was_finished_by_an_earlier_run()
    {
        var (waves, _) = Waves(["2", "all"], [Query]);
        var plan = Plan(waves, [With("a", Modules), With("b", Modules), .. Names[2..].Select(Empty)]);
        Assert.Equal(["?a?b", "cdefghij", "installation"], Instances(plan));
        Assert.False(plan.Stages[0].MayFail);
    }

    [Fact]
    public void Ask_no_gate_where_nothing_is_pending()
    {
        var (waves, _) = Waves(["2", "all"], [Query]);
        Assert.DoesNotContain(
            Plan(waves, [.. Names.Select(name => With(name, Modules))]).Lanes, lane => lane.Target.Scope == Scope.Instance);
    }

    [Fact]
    public void Let_only_later_waves_and_gates_follow_failures()
    {
        var (waves, _) = Waves(["1", "all"], [Query]);
        Assert.Equal(
            [(false, true), (true, false), (true, true), (false, false)],
            Plan(waves).Stages.Select(stage => (stage.FollowsFailures, stage.MayFail)));
    }

    [Theory]
    [InlineData("ring=canary")]
    [InlineData("all", "1")]
    [InlineData("10", "50 %")]
    public void Are_refused_when_one_matches_nothing(params string[] settings)
    {
        var (_, problems) = Waves(settings);
        Assert.Equal(["KU-4015"], problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("101 %")]
    [InlineData("0 %")]
    [InlineData("-1")]
    [InlineData("ring=")]
    [InlineData("=canary")]
    [InlineData("some")]
    [InlineData("1e1 %")]
    public void Are_no_waves_when_they_cannot_be_read(string text) => Assert.False(WaveSetting.TryParse(text, out _));

    [Fact]
    public void Share_their_work()
    {
        var plan = Plan(null);
        Assert.Single(plan.Stages[0].Lanes.Select(lane => lane.Actions).Distinct());
    }
}
