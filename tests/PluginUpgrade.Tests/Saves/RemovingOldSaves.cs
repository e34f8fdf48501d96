using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Saves;
using static PluginUpgrade.Tests.Planning.Fleet;

namespace PluginUpgrade.Tests.Saves;

public class RemovingOldSaves
{
    [Fact]
    public void Keeps_the_newest() =>
        Assert.Equal(["1", "2"], Removed(keep: 2, null, Save(1, "acme"), Save(2, "acme"), Save(3, "acme"), Save(4, "acme")));

    [Fact]
    public void Removes_what_is_older_than_it_says() =>
        Assert.Equal(["1", "2"], Removed(null, beforeDay: 3, Save(1, "acme"), Save(2, "acme"), Save(3, "acme"), Save(4, "acme")));

    [Fact]
    public void Needs_both_to_hold_where_both_are_said() =>
        Assert.Equal(["1"], Removed(keep: 1, beforeDay: 2, Save(1, "acme"), Save(2, "acme"), Save(3, "acme")));

    [Fact]
    public void Never_removes_the_last_whole_one() =>
        Assert.Empty(Removed(null, beforeDay: 9, Save(1, "acme"), Damaged(2, "acme")));

    [Fact]
    public void Never_removes_the_last_one_of_any_target() =>
        Assert.Equal(["2"], Removed(null, beforeDay: 9, Save(1, "acme", "globex"), Save(2, "acme"), Save(3, "acme")));

    [Fact]
    public void Never_removes_the_last_one_from_before_an_upgrade() =>
        Assert.Equal(["1"], Removed(keep: 1, null, Before(Save(1, "acme")), Before(Save(2, "acme")), Save(3, "acme")));

    [Fact]
    public void Never_removes_one_whose_run_is_not_finished() => Assert.Equal(["2"], Removed(keep: 1, null, _ => false,
        Before(Save(1, "acme")), Save(2, "acme"), Before(Save(3, "acme")), Save(4, "acme")));

    [Fact]
    public void Leaves_damaged_ones_and_those_of_another_installation_alone()
    {
        var other = Save(1, "acme");
        other = other with { Manifest = other.Manifest! with { Installation = "other" } };

        Assert.Equal(["3"], Removed(keep: 1, null, other, Damaged(2, "acme"), Save(3, "acme"), Save(4, "acme")));
    }

    [Fact]
    public void Takes_a_run_for_finished_when_all_targets_are_where_it_was_to_take_them()
    {
        var manifest = Before(Save(1, "acme")).Manifest!;
        var done = new TargetState { Target = Target("acme"), Rows = [Done(Module("1.001")), Done(Module("1.002"))] };
        var failed = Done(Module("1.003")) with { State = StepState.Failed };

        Assert.True(Pruning.IsFinished(manifest, [done]));
        Assert.False(Pruning.IsFinished(manifest, [done with { Rows = [Done(Module("1.001"))] }]));
        Assert.False(Pruning.IsFinished(manifest, [done with { Rows = [.. done.Rows, failed] }]));
        Assert.False(Pruning.IsFinished(manifest, [done, new TargetState { Target = Target("globex"), Rows = [failed] }]));
        Assert.False(Pruning.IsFinished(manifest, [done with { Unreachable = new Problem("KU-3101", "acme", "", "") }]));
        Assert.False(Pruning.IsFinished(manifest, []));
    }

    private static string[] Removed(int? keep, int? beforeDay, params Save[] saves) => Removed(keep, beforeDay, _ => true, saves);

    private static string[] Removed(int? keep, int? beforeDay, Func<SaveManifest, bool> isFinished, params Save[] saves) =>
    [
        .. Pruning.Of(saves, "test", keep, beforeDay is { } day ? At(day) : null, isFinished).Removed.Select(save => save.Manifest!.Id),
    ];

    private static DateTimeOffset At(int day) => new(2026, 11, day, 12, 0, 0, TimeSpan.Zero);

    private static Save Save(int day, params string[] targets) => new($"/saves/{day}", new SaveManifest
    {
        Id = $"{day}",
        Installation = "test",
        RunId = Guid.Empty,
        StartedAt = At(day),
        FinishedAt = At(day),
        Host = "here:1",
        BeforeUpgrade = false,
        Targets = [.. targets.Select(name => new SavedTarget(
            Scope.Instance, name, "db:5432", "krang", name, "0001-krang.dump", new Dictionary<string, string> { [""] = "1.001" }))],
        Archives = [new SavedArchive("0001-krang.dump", "15.18", "15.18", [])],
    }, null);

    private static Save Before(Save save) => save with
    {
        Manifest = save.Manifest! with
        {
            BeforeUpgrade = true,
            Targets = [.. save.Manifest.Targets.Select(t => t with { Goals = new Dictionary<string, string> { [""] = "1.002" } })],
        },
    };

    private static Save Damaged(int day, params string[] targets) =>
        Save(day, targets) with { Fault = SaveProblem.MissingFile($"{day}", "0001-krang.dump") };
}
