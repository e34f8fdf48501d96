using System.Collections.Concurrent;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Saves;
using PluginUpgrade.Saves.Restoring;

namespace PluginUpgrade.Running;

/// <summary>Chooses the save, reads all of it that is needed, and looks at what would be replaced. Changes nothing.</summary>
/// <param name="asked">Facts of the targets that are meant.</param>
/// <param name="byName">Whether each was named: then the save must hold it.</param>
public sealed class RestorePreparation(Situation situation, IReadOnlyList<TargetFacts> asked, bool byName)
{
    private readonly ConcurrentBag<Problem> _problems = [];

    /// <returns>The plan, empty where there is none; and all that is wrong.</returns>
    public async Task<(RestorePlan? Plan, IReadOnlyList<Problem> Problems)> PrepareAsync(string? id, CancellationToken cancellationToken)
    {
        var settings = situation.Settings;
        var directory = new SaveDirectory(settings.Save.Directory);
        if (directory.Insecure() is { } insecure) return (null, [insecure]);
        var targets = asked.Select(facts => facts.Target).ToList();
        var (save, problems) = RestoreChoice.Of(
            directory.Saves(), id, settings.Installation.Name, directory.Path, byName ? targets : [.. targets.Take(1)]);
        if (save is null) return (null, problems);
        var held = asked.Select(facts => (Facts: facts, Saved: RestoreChoice.Find(save, facts.Target))).ToList();
        var missing = held.Where(one => one.Saved is null).Select(one => one.Facts.Target).ToList();
        if (byName && missing.Count > 0)
            return (null, [.. problems, .. missing.Select(target => RestoreProblem.NotInSave(target, save.Id))]);
        var pairs = held.Where(one => one.Saved is not null).Select(one => (one.Facts, Saved: one.Saved!)).ToList();
        var needed = save.Manifest!.Archives.Where(archive => pairs.Any(pair => pair.Saved.Archive == archive.Name)).ToList();
        var damaged = await SaveFiles.VerifyAsync(save, cancellationToken, needed);
        if (damaged.Count > 0) return (null, [.. problems, .. damaged]);
        var archives = await ReadAsync(save, needed, cancellationToken);
        var restores = await LookAsync(save, Tasks(save, pairs, archives), cancellationToken);
        return (new RestorePlan(save, restores, missing), [.. problems, .. Problem.Together(_problems)]);
    }

    private async Task<IReadOnlyDictionary<string, RestoreArchive>> ReadAsync(
        Save save, IReadOnlyList<SavedArchive> needed, CancellationToken cancellationToken)
    {
        var programs = await ClientPrograms.FindAllAsync(situation.Settings.PostgresBin, cancellationToken);
        ConcurrentDictionary<string, RestoreArchive> archives = [];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(needed, options, async (saved, token) =>
        {
            if (ClientPrograms.For(programs, ToolVersions.Major(saved.ToolVersion)) is not { } fitting)
            {
                _problems.Add(RestoreProblem.NoTool(
                    saved.Name, saved.ToolVersion, programs.Count > 0 ? programs[^1].Version : "not there"));
                return;
            }
            var (archive, fault) = await ArchiveReader.ReadAsync(
                new RestoreArchive(Path.Combine(save.Folder, saved.Name), saved, fitting), token);
            if (fault is null) archives[saved.Name] = archive;
            else _problems.Add(RestoreProblem.Unreadable(save.Id, saved.Name, fault));
        });
        return archives;
    }

    /// <summary>Targets of one place are one task: the installation and an instance may share a schema, and with it a journal.</summary>
    private static List<(RestoreTask Task, TargetFacts Facts)> Tasks(
        Save save, IReadOnlyList<(TargetFacts Facts, SavedTarget Saved)> pairs, IReadOnlyDictionary<string, RestoreArchive> archives) =>
    [
        .. pairs.Where(pair => archives.ContainsKey(pair.Saved.Archive)).DistinctBy(pair => Place(pair.Saved)).Select(pair => (
            new RestoreTask(pair.Facts.Target, pair.Saved, archives[pair.Saved.Archive],
                [.. save.Manifest!.Targets.Where(other => other != pair.Saved && Place(other) == Place(pair.Saved))]), pair.Facts)),
    ];

    private static (string, string, string) Place(SavedTarget saved) => (saved.Server, saved.DatabaseName, saved.Schema);

    private async Task<IReadOnlyList<PlannedRestore>> LookAsync(
        Save save, IReadOnlyList<(RestoreTask Task, TargetFacts Facts)> tasks, CancellationToken cancellationToken)
    {
        var check = new RestoreCheck(save, situation.Connection);
        foreach (var (task, facts) in tasks)
            foreach (var problem in check.Find(task, facts)) _problems.Add(problem);
        ConcurrentDictionary<RestoreTask, int?> tables = [];
        var there = tasks.Where(one => one.Facts is { Unreachable: null, DatabaseMissing: false }).Select(one => one.Task)
            .GroupBy(task => task.Target.Database).Select(group => group.ToList());
        var elsewhere = tasks.Where(one => one.Facts.Unreachable is null && (one.Task.IsWholeDatabase || one.Facts.DatabaseMissing))
            .Select(one => one.Task).DistinctBy(task => task.Target.Database);
        await OnEachAsync(there, async (group, token) =>
        {
            var (found, problems) = await check.FindAsync(group, token);
            foreach (var (task, count) in found) tables[task] = count;
            foreach (var problem in problems) _problems.Add(problem);
        }, group => group[0].Target, cancellationToken);
        await OnEachAsync(elsewhere, async (task, token) =>
        {
            foreach (var problem in await check.FindAsync(task, token)) _problems.Add(problem);
        }, task => task.Target, cancellationToken);
        var modules = situation.Catalogue.Modules;
        return
        [
            .. tasks.Select(one => new PlannedRestore(
                one.Task, CurrentVersion.OfProduct(one.Facts, modules), tables.GetValueOrDefault(one.Task))),
        ];
    }

    private async Task OnEachAsync<T>(
        IEnumerable<T> places, Func<T, CancellationToken, Task> look, Func<T, Target> targetOf, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(situation.Settings.Run.Parallel, situation.Settings.Run.PerServer),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(places, options, async (place, token) =>
        {
            try
            {
                await look(place, token);
            }
            catch (Exception e) when (ConnectionProblem.IsOne(e))
            {
                _problems.Add(ConnectionProblem.Of(targetOf(place), e));
            }
        });
    }
}
