using PluginUpgrade.FaultTests.Trials;
using PluginUpgrade.Instances;
using PluginUpgrade.Settings;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>
/// F16: mistakes in krang-upgrade.json. Each is told with a code, the key and what to do, and nothing is done; what is accepted can be
/// used. No password is repeated.
/// </summary>
public class MutatedSettings(TestServer server, ITestOutputHelper output)
{
    private readonly TrialPlan _plan = TrialPlan.Of(commit: 100, nightly: 10_000, release: 50_000);

    [Fact]
    public async Task F16_are_refused_by_key_or_can_be_used()
    {
        var suite = new Suite("F16", _plan, output);
        using var directory = new TempDirectory();
        var refused = new List<(SettingsMutation Mutation, string[] Codes)>();
        for (var trial = 0; trial < _plan.Count; trial++)
        {
            var mutation = SettingsMutation.Of(_plan.RandomOf(trial));
            suite.Count(mutation.How);
            if (Read(suite, directory.Root, trial, mutation) is { Length: > 0 } codes && refused.Count < 12) refused.Add((mutation, codes));
        }
        await Parallel.ForEachAsync(refused, new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (trial, _) => await RunAsync(suite, trial.Mutation, trial.Codes));
        suite.End(_plan.Count, _plan.Count);
    }

    /// <returns>The codes of what refuses.</returns>
    private static string[] Read(Suite suite, string root, int trial, SettingsMutation mutation)
    {
        var file = Path.Combine(root, SettingsSources.FileName);
        File.WriteAllBytes(file, mutation.Bytes);
        try
        {
            var (settings, problems) = SettingsReader.Read(root);
            var errors = problems.Where(problem => problem.Severity == Severity.Error).ToList();
            suite.Count(errors.Count > 0 ? "refused" : "accepted");
            foreach (var problem in problems)
            {
                if (!problem.Code.StartsWith("KU-10", StringComparison.Ordinal) || problem.Subject.Length == 0
                    || problem.Message.Length == 0 || problem.Remedy.Length == 0) Violation($"is no problem for people: {problem}");
                if ($"{problem}{problem.Remedy}".Contains(SettingsMutation.Canary, StringComparison.Ordinal))
                    Violation($"repeats a secret: {problem}");
            }
            if (mutation.Code is { } code && !errors.Any(problem => problem.Code == code && problem.Subject == mutation.Key))
                Violation($"{mutation.Key} is not told as {code}: {string.Join("; ", problems)}");
            if (errors.Count == 0) UseIt(settings);
            if (Directory.GetFileSystemEntries(root) is not [var only] || only != file) Violation("something was made");
            // The program goes on to the databases, and tells that none is configured: the key of its own was the misspelt one.
            var noDatabase = mutation.How == SettingsMutation.MisspeltKey && settings.Installation.Database is null;
            return [.. errors.Select(problem => problem.Code), .. noDatabase ? (string[])["KU-1010"] : []];
        }
        catch (Exception e)
        {
            Violation($"{e}");
            return [];
        }

        void Violation(string what) => suite.Violation($"trial {trial}, {mutation.How}", what);
    }

    /// <summary>What was accepted makes targets.</summary>
    private static void UseIt(HostSettings settings)
    {
        var installation = Targets.InstallationOf(settings, settings.Installation.Database ?? "Host=/nowhere;Username=krang");
        _ = Targets.Of(settings, installation, []);
    }

    /// <summary>The real program says the same, and touches nothing.</summary>
    private async Task RunAsync(Suite suite, SettingsMutation mutation, string[] codes)
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        installation.Drop(Sample.Counting("V1_001"));
        await File.WriteAllBytesAsync(Path.Combine(installation.Root, SettingsSources.FileName), mutation.Bytes);
        // Nobody's settings in the surroundings: a drop folder that may be named otherwise in the mutation is not looked for.
        var before = await installation.SnapshotAsync();
        using var host = HostProcess.Start(["--root", installation.Root, "--modules", installation.DropFolder]);
        var result = await host.EndAsync();
        suite.Count("runs of the program");
        if (result.ExitCode != 2) Violation($"{result}");
        if (!codes.Order().SequenceEqual(Refusal.Codes(result).Order()))
            Violation($"other codes than {string.Join(", ", codes)}: {result}");
        if (result.All.Contains("   at ", StringComparison.Ordinal)) Violation($"a stack trace: {result}");
        if (result.All.Contains(SettingsMutation.Canary, StringComparison.Ordinal)) Violation($"a secret: {result}");
        if (result.All.Any(c => char.IsControl(c) && c != '\n')) Violation($"control characters: {result}");
        if (before != await installation.SnapshotAsync()) Violation("something was changed");

        void Violation(string what) => suite.Violation($"the program, {mutation.How}", what);
    }
}
