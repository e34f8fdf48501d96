using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// F12: a side-by-side upgrade that is killed at each of its points. Always exactly one live schema, whole, of one side; and the same
/// command continues, begins again, or finds it done.
/// </summary>
public class ASwapThatIsKilled(TestServer server, ITestOutputHelper output)
{
    /// <summary>Points that only a side-by-side upgrade passes.</summary>
    private static readonly string[] Labels =
    [
        "drain not committed", "fence locked", "fence raised", "build place free", "next schema there", "build claimed", "built",
        "right copied", "verified", "swap locked", "swap statement", "live renamed", "next renamed", "swap sealed", "swap not committed",
        "swap committed",
    ];

    private static readonly string[] LabelsOfFollowing =
        ["capture begun", "batch not committed", "changes not committed", "caught up", "caught up finally", "swap committed"];

    [Fact]
    public Task F12_a_kill_at_each_point_leaves_one_live_schema() => EndAtAsync("Beside", Labels);

    [Fact]
    public Task F12_a_kill_at_each_point_of_catching_up_leaves_one_live_schema() => EndAtAsync("BesideFollowing", LabelsOfFollowing);

    private async Task EndAtAsync(string module, string[] labels)
    {
        var suite = new Suite("F12", 0, output);
        await using var trial = await SwapTrial.CreateAsync(server, module);
        foreach (var label in labels)
        {
            await trial.BeginAnewAsync();
            using var directory = new TempDirectory();
            var file = Path.Combine(directory.Root, "ended");
            var end = await trial.UpgradeAsync(new Dictionary<string, string?>
            {
                ["KRANG_END_LABEL"] = label,
                ["KRANG_END_AT"] = "1",
                ["KRANG_END_FILE"] = file,
            });
            if (!File.Exists(file)) suite.Violation(label, $"The point was not passed: {end}");
            else suite.Count("ended");
            await SwapFaults.CheckAsync(suite, trial, label);
        }
        suite.End(labels.Length, suite["ended"]);
    }
}
