using System.Diagnostics;
using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F13: SIGKILL of a restore at a random moment or at a labelled point; saves that are truncated, bit-flipped, incomplete or of a newer
/// server. A bad save is refused before anything; what was killed left each target as it was or restored, and one more command suffices.
/// </summary>
public class RestoringThroughFaults(TestServer server, ITestOutputHelper output)
{
    private static readonly string[] Command = ["restore", "--yes"];
    private static readonly string[] Damages =
        ["truncated", "flipped", "missing", "extra", "newer server", "newer format", "other installation"];

    /// <summary>Of tests/FaultyHost/SeededFault.cs, on the way of a restore.</summary>
    private static readonly string[] Points =
    [
        "databases renamed", "restore not committed", "database made", "restore committed", "contents restored", "database marked",
        "schema emptied", "database restored", "restore locked", "restore begun",
    ];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 300, release: 1_000);
    private Suite _suite = null!;
    private RestoreTrial _trial = null!;

    [Fact]
    public async Task F13_leaves_each_target_as_it_was_or_restored_and_one_more_command_suffices()
    {
        await using var made = _trial = await RestoreTrial.MakeAsync(server);
        _suite = new Suite("F13", _plan, output);
        for (var trial = 0; trial < _plan.Count; trial++)
        {
            await _trial.SpoilAsync();
            var random = _plan.RandomOf(trial);
            switch (_plan.KindOf(trial, 4))
            {
                case 0 or 2: await KillAsync($"trial {trial}", random); break;
                case 1: await EndAsync($"trial {trial}", trial / 4 + _plan.Seed % Points.Length); break;
                default: await DamageAsync($"trial {trial}", Damages[_plan.KindOf(trial / 4, Damages.Length)], random); break;
            }
            await FinishAsync($"trial {trial}");
        }
        _suite.End(_plan.Count, _suite["SIGKILLs"] + _suite["ended at a point"] + _suite["damaged saves"]);
    }

    private async Task KillAsync(string where, Random random)
    {
        var start = Stopwatch.GetTimestamp();
        using var host = _trial.Installation.Start(Command);
        var ended = host.EndAsync();
        // Little happens in the first third: the program starts, and verifies.
        var moment = _trial.Duration * (0.3 + 0.8 * random.NextDouble());
        if (await Task.WhenAny(ended, Task.Delay(moment, TestContext.Current.CancellationToken)) == ended)
        {
            _suite.Count("over before the kill");
            // What was measured at first was beside more than now: the next kill is to come in time.
            _trial.Duration = Stopwatch.GetElapsedTime(start);
            return;
        }
        host.Kill();
        await ended;
        _suite.Count("SIGKILLs");
        await LookAsync(where);
    }

    /// <summary>At one of the labelled points: when it is passed first, second or third.</summary>
    private async Task EndAsync(string where, int number)
    {
        var file = Path.GetTempFileName();
        _trial.Installation.WriteSettings();
        var fault = new Dictionary<string, string?>
        {
            ["KRANG_END_LABEL"] = Points[number % Points.Length],
            ["KRANG_END_AT"] = $"{number / Points.Length % 3 + 1}",
            ["KRANG_END_FILE"] = file,
        };
        using var host = HostProcess.Start([.. Command, "--root", _trial.Installation.Root], fault, program: BuiltFiles.FaultyHost);
        await host.EndAsync();
        var label = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        File.Delete(file);
        if (label.Length > 0) _suite.Count("ended at a point");
        if (label.Length > 0) _suite.Count($"ended at: {label}");
        await LookAsync($"{where} ({label})");
    }

    private async Task LookAsync(string where)
    {
        var (saved, wrong) = await _trial.LookAsync();
        foreach (var violation in wrong) _suite.Violation(where, violation);
        _suite.Count(saved == 0 ? "left as it was" : saved == _trial.Targets ? "left restored" : "left restored in part, target by target");
    }

    private async Task DamageAsync(string where, string damage, Random random)
    {
        var (folder, aside) = (_trial.Folder, $"{_trial.Installation.Root}/aside");
        Copy(folder, aside);
        Damage(folder, damage, random);
        var end = await _trial.Installation.RunAsync(Command);
        _suite.Count("damaged saves");
        _suite.Count($"damaged: {damage}");
        if (end.ExitCode != 2) _suite.Violation(where, $"a save that is {damage} was not refused: {end}");
        if (await _trial.LookAsync() is var (saved, wrong) && (saved > 0 || wrong.Count > 0))
            _suite.Violation(where, $"a refused restore has changed something: {string.Join('\n', wrong)}");
        Directory.Delete(folder, recursive: true);
        Directory.Move(aside, folder);
    }

    private static void Damage(string folder, string damage, Random random)
    {
        var archive = Directory.GetFiles(folder, "*.dump").Order().ElementAt(random.Next(2));
        var bytes = File.ReadAllBytes(archive);
        switch (damage)
        {
            case "truncated": File.WriteAllBytes(archive, bytes[..random.Next(bytes.Length)]); break;
            case "flipped":
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(archive, bytes);
                break;
            case "missing": File.Delete(archive); break;
            case "extra": File.WriteAllText($"{archive}.more", ""); break;
            case "newer server": Change(manifest => manifest["archives"]![random.Next(2)]!["serverVersion"] = "99.0"); break;
            case "newer format": Change(manifest => manifest["format"] = 2); break;
            case "other installation": Change(manifest => manifest["installation"] = "other"); break;
        }

        void Change(Action<JsonNode> change)
        {
            var file = Path.Combine(folder, "manifest.json");
            var manifest = JsonNode.Parse(File.ReadAllText(file))!;
            change(manifest);
            File.WriteAllText(file, manifest.ToJsonString());
        }
    }

    private static void Copy(string folder, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(folder)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private async Task FinishAsync(string where)
    {
        var end = await _trial.Installation.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation(where, $"I7: one more command did not suffice: {end}");
        var (saved, wrong) = await _trial.LookAsync();
        if (saved != _trial.Targets) _suite.Violation(where, $"a restore that ended well has not restored all: {string.Join('\n', wrong)}");
        foreach (var left in await _trial.LeftoversAsync()) _suite.Violation(where, $"I5: left behind: {left}");
    }
}
