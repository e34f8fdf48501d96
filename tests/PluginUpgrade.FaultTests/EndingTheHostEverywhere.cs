using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F2: the host ends at the first of its labelled points that it passes, then at the second, and so on until a run passes all of them;
/// installation and instance, steps in a transaction and outside, with files, an index built concurrently and batches. After each end the
/// same command once more.
/// </summary>
public class EndingTheHostEverywhere(TestServer server, ITestOutputHelper output)
{
    [Fact]
    public async Task F2_at_each_point_leaves_every_effect_exactly_once_after_one_more_run()
    {
        var suite = new Suite("F2", 0, output);
        var template = await FleetTemplate.MakeSmallAsync(server, TestContext.Current.CancellationToken);

        await EndEverywhereAsync(template, suite);

        Assert.True(suite["ended"] > 80, $"only {suite["ended"]} points were passed");
        suite.End(suite["ended"], suite["ended"]);
    }

    /// <param name="defect">A defect to put in; then the first violation ends it.</param>
    /// <param name="label">Of the points to end at; null: all.</param>
    internal static async Task EndEverywhereAsync(FleetTemplate template, Suite suite, string? defect = null, string? label = null)
    {
        var (next, passing) = (0, true);
        await Task.WhenAll(WorkAsync(), WorkAsync());

        async Task WorkAsync()
        {
            while (Volatile.Read(ref passing) && !(defect is not null && suite.HasViolations))
            {
                var at = Interlocked.Increment(ref next);
                Dictionary<string, string?> fault = new() { ["KRANG_DEFECT"] = defect, ["KRANG_END_LABEL"] = label };
                if (!await TrialAsync(template, suite, at, fault)) Volatile.Write(ref passing, false);
            }
        }
    }

    /// <returns>Whether the host was ended.</returns>
    private static async Task<bool> TrialAsync(FleetTemplate template, Suite suite, int at, Dictionary<string, string?> fault)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fleet = await template.CopyAsync(cancellation);
        fleet.Newest = "V1_008";
        fleet.Hurry();
        var file = Path.GetTempFileName();
        (fault["KRANG_END_AT"], fault["KRANG_END_FILE"]) = ($"{at}", file);
        using var host = fleet.StartFaulty(fault, "--to", "1.008");
        var end = await Fleet.EndAsync(host);
        var label = await File.ReadAllTextAsync(file, cancellation);
        File.Delete(file);
        if (label.Length > 0)
        {
            suite.Count("ended");
            suite.Count($"ended at: {label}");
            fault["KRANG_END_AT"] = "0";
            using var second = fleet.StartFaulty(fault, "--to", "1.008");
            end = await Fleet.EndAsync(second);
        }
        if (end.ExitCode != 0) suite.Violation($"{at} ({label})", $"I7: {end}");
        foreach (var violation in await fleet.CheckAsync(end, cancellation)) suite.Violation($"{at} ({label})", $"{violation}\n{end}");
        return label.Length > 0;
    }
}
