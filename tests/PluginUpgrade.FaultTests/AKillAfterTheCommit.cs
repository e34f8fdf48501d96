using System.Text;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;
using PluginUpgrade.Files;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// The host is killed between a step's commit and the end of its undo log: a moment too short to be met at random, so the log is made
/// by hand, as the step would have left it.
/// </summary>
public class AKillAfterTheCommit(TestServer server)
{
    [Nightly]
    [Fact]
    public async Task The_next_run_removes_the_undo_log_of_the_last_step()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        await using var fleet = await template.CopyAsync(cancellation);
        Assert.Equal(0, (await fleet.RunAsync("--to", "1.006")).ExitCode);
        await LeaveLogAsync(fleet, "V1_006", "1.6", cancellation);

        var end = await fleet.RunAsync("--to", "1.006");

        Assert.StartsWith("Nothing to do", end.Output);
        Assert.Empty(await fleet.CheckAsync(end, cancellation));
    }

    [Fact]
    public async Task Keeps_the_changes_to_files_when_the_next_run_goes_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var template = await FleetTemplate.MakeAsync(server, cancellation);
        await using var fleet = await template.CopyAsync(cancellation);
        Assert.Equal(0, (await fleet.RunAsync("--to", "1.004")).ExitCode);
        await LeaveLogAsync(fleet, "V1_004", "1.4", cancellation);

        var end = await fleet.RunAsync("--to", "1.006");

        Assert.Empty(await fleet.CheckAsync(end, cancellation));
    }

    /// <summary>The step wrote what is there; undone, it would be empty.</summary>
    private static async Task LeaveLogAsync(Fleet fleet, string module, string versionKey, CancellationToken cancellationToken)
    {
        var state = await TargetState.ReadAsync(fleet.Expectation.Targets[0], cancellationToken);
        var run = state.Journal.Single(line => line.Module == module).Run!.Value;
        var file = Path.Combine(fleet.Root, "data/applied.txt");
        var content = await File.ReadAllTextAsync(file, cancellationToken);
        await File.WriteAllTextAsync(file, "", cancellationToken);
        var log = UndoLog.Create(fleet.Root, new UndoOwner(run, "", versionKey, module));
        await log.Files.WriteAsync("data/applied.txt", Encoding.UTF8.GetBytes(content), cancellationToken);
        Assert.True(Directory.Exists(log.Location));
    }
}
