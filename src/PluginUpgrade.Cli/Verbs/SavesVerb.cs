using System.CommandLine;
using System.Globalization;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Instances;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Lists the saves; removes old ones.</summary>
public static class SavesVerb
{
    private static readonly Option<bool> Verify = new("--verify")
    {
        Description = "Read every file and compare it with what was written.",
    };

    private static readonly Option<string> Keep = new("--keep")
    {
        Description = "Remove all but the newest N. Never removes the last complete save, or a save of an unfinished run.",
        HelpName = "N",
    };

    private static readonly Option<string> OlderThan = new("--older-than")
    {
        Description = "Remove saves older than this: 30d, 12h. With --keep, a save is removed only if both apply.",
        HelpName = "TIME",
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be removed. Removes nothing." };

    public static Command Create(SharedOptions shared) =>
        new Command("saves", "List the saves; with --keep or --older-than, remove old ones.")
        {
            Verify, Keep, OlderThan, DryRun, shared.Yes,
        }.Does(shared, context => RunAsync(context, shared));

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var output = context.Output;
        var (keep, age) = (ReadKeep(context), ReadAge(context));
        if (context.SettingsProblems.HaveErrors() || context.Problems.Count > 0)
            throw new UpgradeException([.. context.SettingsProblems, .. context.Problems]);
        var directory = new SaveDirectory(context.Settings.Save.Directory);
        var saves = directory.Saves();
        var leftovers = directory.Leftovers().Select(SaveProblem.Unfinished).ToList();
        if (keep is not null || age is not null)
            return await PruneAsync(context, directory, saves, keep, age, context.Value(shared.Yes));
        if (context.Value(Verify)) saves = await VerifiedAsync(saves, context.Settings.PostgresBin, output, context.Signals.Stop);
        var damaged = context.Value(Verify) && saves.Any(save => !save.IsWhole);
        if (output.IsJson)
            output.Json(damaged ? Outcome.Failed : Outcome.Done, damaged ? 1 : 0, leftovers,
                new { Directory = directory.Path, Saves = saves.Select(SaveResult.Document) });
        else SaveList.Print(output, saves, directory.Path, context.Settings.Installation.Name, context.Value(Verify));
        if (!output.IsJson) output.Print([.. saves.Select(save => save.Fault).OfType<Problem>(), .. leftovers]);
        return damaged ? 1 : 0;
    }

    private static async Task<IReadOnlyList<Save>> VerifiedAsync(
        IReadOnlyList<Save> saves, string? programs, Output output, CancellationToken stop)
    {
        List<Save> verified = [];
        foreach (var save in saves)
        {
            output.WriteProgress($"verifying {save.Id} ...");
            var faults = await SaveFiles.VerifyAsync(save, stop);
            if (faults.Count == 0) faults = await ArchiveTruth.VerifyAsync(save, programs, stop);
            verified.Add(save with { Fault = faults is [var first, ..] ? first : null });
        }
        return verified;
    }

    private static async Task<int> PruneAsync(
        VerbContext context, SaveDirectory directory, IReadOnlyList<Save> saves, int? keep, TimeSpan? age, bool yes)
    {
        var output = context.Output;
        if (directory.Insecure() is { } insecure) throw new UpgradeException(insecure);
        var (name, before) = (context.Settings.Installation.Name, TimeProvider.System.GetUtcNow() - age);
        var pruning = Pruning.Of(saves, name, keep, before, _ => true);
        // The journals tell whether a save's run is finished. The databases are read only if that makes a difference.
        if (pruning.Removed.Any(save => save.Manifest!.BeforeUpgrade))
        {
            var state = await context.ReadAsync(InstanceFilter.All);
            var modules = state.Catalogue.Modules;
            pruning = Pruning.Of(saves, name, keep, before, manifest => Pruning.IsFinished(manifest, state.Targets, modules));
        }
        foreach (var (save, why) in pruning.Kept) output.WriteProgress($"kept: {save.Id}, {why}");
        if (pruning.Removed.Count == 0 || context.Value(DryRun)) return Finish(output, pruning, [], dryRun: context.Value(DryRun));
        foreach (var save in pruning.Removed) output.Remark($"to be removed: {SaveList.Line(save)}");
        if (!yes && !await context.ConfirmsAsync($"Remove {Words.Count(pruning.Removed.Count, "save")} permanently?", isGrave: true))
            throw new UpgradeException(NotConfirmed.Of("saves", isGrave: true));
        context.OnBegin();
        List<Problem> left = [];
        foreach (var save in pruning.Removed)
            if (await directory.RemoveAsync(save) is { } problem) left.Add(problem);
        return Finish(output, pruning, left, dryRun: false);
    }

    private static int Finish(Output output, Pruning pruning, IReadOnlyList<Problem> problems, bool dryRun)
    {
        if (output.IsJson)
            output.Json(dryRun ? Outcome.DryRun : Outcome.Done, 0, problems, new
            {
                Removed = pruning.Removed.Select(save => save.Id),
                Kept = pruning.Kept.Select(kept => new { kept.Save.Id, kept.Why }),
            });
        if (dryRun) foreach (var save in pruning.Removed) output.WriteResult($"would be removed: {SaveList.Line(save)}");
        output.WriteResult($"{Words.Count(pruning.Removed.Count, "save")} {(dryRun ? "would be removed." : "removed.")}");
        output.Warn(problems);
        return 0;
    }

    private static int? ReadKeep(VerbContext context)
    {
        if (context.Value(Keep) is not { } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var keep) && keep > 0) return keep;
        context.Problems.Add(new Problem("KU-1111", $"--keep {text}", "This is not a number above zero.", "Write how many saves to keep."));
        return null;
    }

    private static TimeSpan? ReadAge(VerbContext context)
    {
        if (context.Value(OlderThan) is not { } text) return null;
        if (Quantity.TryDuration(text, out var age) && age < TimeSpan.FromDays(100_000)) return age;
        context.Problems.Add(new Problem("KU-1112", $"--older-than {text}", "This is not an age.", "Write it in days or hours: 30d, 12h."));
        return null;
    }
}
