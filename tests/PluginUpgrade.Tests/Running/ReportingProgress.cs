using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;
using PluginUpgrade.Tests.Planning;

namespace PluginUpgrade.Tests.Running;

/// <summary>However often a module reports and logs, what is told of it is bounded, and nothing of importance is lost in it.</summary>
public class ReportingProgress
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<long> _told = [];

    [Fact]
    public void G2c_is_told_a_few_times_a_second_and_the_last_word_a_moment_later()
    {
        using var progress = new StepProgress(_time, (done, _) => _told.Add(done));

        for (var i = 1; i <= 1_000_000; i++) progress.Report(i, 0);
        Assert.Equal([1], _told);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([1, 1_000_000], _told);
        _time.Advance(TimeSpan.FromMinutes(1));
        progress.Report(7, 0);
        Assert.Equal([1, 1_000_000, 7], _told);
    }

    [Fact]
    public void G2c_is_told_to_its_last_word_at_the_steps_end_and_no_more()
    {
        var progress = new StepProgress(_time, (done, _) => _told.Add(done));
        progress.Report(1, 0);
        progress.Report(2, 0);
        progress.Report(3, 0);
        progress.Dispose();
        progress.Report(4, 0);
        progress.Dispose();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([1, 3], _told);
    }

    [Fact]
    public void G2c_lines_beyond_the_bound_are_counted()
    {
        var events = Channel.CreateUnbounded<UpgradeEvent>();
        var lane = new Lane(Fleet.Target("acme"), [new RunModule(Fleet.Module("1.2")) { Version = Fleet.V("1.2") }]);
        var logger = new StepLogger(lane.Steps.Single(), events.Writer, most: 3);
        for (var i = 1; i <= 10; i++) logger.LogInformation("line {Number}", i);
        logger.Dispose();

        List<string> lines = [];
        while (events.Reader.TryRead(out var happened)) lines.Add(Assert.IsType<UpgradeEvent.StepLogged>(happened).Message);

        Assert.Equal(["line 1", "line 2", "line 3", "7 more lines of this step were omitted: at most 3 are logged."], lines);
    }
}
