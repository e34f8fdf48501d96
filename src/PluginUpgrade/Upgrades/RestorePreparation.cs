using System.Collections.Concurrent;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Restores;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Upgrades;

/// <summary>Chooses the save, reads what is needed of it, and examines what would be replaced. Changes nothing.</summary>
/// <param name="asked">The state of the requested targets.</param>
/// <param name="byName">Whether each was named: then the save must hold it.</param>
public sealed class RestorePreparation(InstallationState state, IReadOnlyList<TargetState> asked, bool byName)
{
    private readonly ConcurrentBag<Problem> _problems = [];

    /// <returns>The plan, null if there is none; and all problems.</returns>
    public async Task<(RestorePlan? Plan, IReadOnlyList<Problem> Problems)> PrepareAsync(string? id, CancellationToken cancellationToken)
    {
        var settings = state.Settings;
        var directory = new SaveDirectory(settings.Save.Directory);
        if (directory.Insecure() is { } insecure) return (null, [insecure]);
        var targets = asked.Select(one => one.Target).ToList();
        var (save, problems) = RestoreChoice.Of(
            directory.Saves(), id, settings.Installation.Name, directory.Path, byName ? targets : [.. targets.Take(1)]);
        if (save is null) return (null, problems);
        var held = asked.Select(one => (State: one, Saved: RestoreChoice.Find(save, one.Target))).ToList();
        var missing = held.Where(one => one.Saved is null).Select(one => one.State.Target).ToList();
        if (byName && missing.Count > 0)
            return (null, [.. problems, .. missing.Select(target => RestoreProblem.NotInSave(target, save.Id))]);
        var pairs = held.Where(one => one.Saved is not null).Select(one => (one.State, Saved: one.Saved!)).ToList();
        var needed = save.Manifest!.Archives.Where(archive => pairs.Any(pair => pair.Saved.Archive == archive.Name)).ToList();
        var damaged = await SaveFiles.VerifyAsync(save, cancellationToken, needed);
        if (damaged.Count > 0) return (null, [.. problems, .. damaged]);
        var archives = await ReadAsync(save, needed, cancellationToken);
        var restores = await LookAsync(save, Tasks(save, pairs, archives), cancellationToken);
        var plan = new RestorePlan(save, restores, missing) { SideBySide = SideBySide(restores) };
        return (plan, [.. problems, .. Problem.Together(_problems)]);
    }

    private async Task<IReadOnlyDictionary<string, RestoreArchive>> ReadAsync(
        Save save, IReadOnlyList<SavedArchive> needed, CancellationToken cancellationToken)
    {
        var programs = await ClientPrograms.FindAllAsync(state.Settings.PostgresBin, cancellationToken);
        ConcurrentDictionary<string, RestoreArchive> archives = [];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(needed, options, async (saved, token) =>
        {
            if (ClientPrograms.For(programs, ToolVersions.Major(saved.ToolVersion)) is not { } fitting)
            {
                _problems.Add(RestoreProblem.NoTool(
                    saved.Name, saved.ToolVersion, programs.Count > 0 ? programs[^1].Version : null));
                return;
            }
            var (archive, fault) = await ArchiveReader.ReadAsync(
                new RestoreArchive(Path.Combine(save.Folder, saved.Name), saved, fitting), token);
            if (fault is null) archives[saved.Name] = archive;
            else _problems.Add(RestoreProblem.Unreadable(save.Id, saved.Name, fault));
            foreach (var untrue in ArchiveTruth.OfDatabase(save, archive)) _problems.Add(untrue);
        });
        return archives;
    }

    /// <summary>Targets in one schema are one task: the installation and an instance may share a schema, and with it a journal.</summary>
    private static List<(RestoreTask Task, TargetState State)> Tasks(
        Save save, IReadOnlyList<(TargetState State, SavedTarget Saved)> pairs, IReadOnlyDictionary<string, RestoreArchive> archives) =>
    [
        .. pairs.Where(pair => archives.ContainsKey(pair.Saved.Archive)).DistinctBy(pair => Place(pair.Saved)).Select(pair => (
            new RestoreTask(pair.State.Target, pair.Saved, archives[pair.Saved.Archive],
                [.. save.Manifest!.Targets.Where(other => other != pair.Saved && Place(other) == Place(pair.Saved))]), pair.State)),
    ];

    private static (string, string, string) Place(SavedTarget saved) => (saved.Server, saved.DatabaseName, saved.Schema);

    private async Task<IReadOnlyList<PlannedRestore>> LookAsync(
        Save save, IReadOnlyList<(RestoreTask Task, TargetState State)> tasks, CancellationToken cancellationToken)
    {
        var check = new RestoreCheck(save, state.Connection);
        foreach (var (task, one) in tasks)
            foreach (var problem in check.Find(task, one)) _problems.Add(problem);
        ConcurrentBag<LookedAt> looked = [];
        var databases = tasks.Where(one => one.State.Unreachable is null).GroupBy(one => one.Task.Target.Database)
            .Select(group => (Tasks: group.Select(one => one.Task).ToList(), Missing: group.First().State.DatabaseMissing)).ToList();
        await OnEachAsync(databases, async (database, token) =>
        {
            var whole = database.Tasks.Where(task => task.IsWholeDatabase).ToList();
            var schemas = database.Tasks.Except(whole).ToList();
            foreach (var task in whole) await LookElsewhereAsync(check, [task], database.Missing, token);
            if (schemas.Count > 0 && database.Missing) await LookElsewhereAsync(check, schemas, true, token);
            if (schemas.Count == 0 || database.Missing) return;
            var (found, problems) = await check.FindAsync(schemas, token);
            foreach (var one in found) looked.Add(one);
            foreach (var problem in problems) _problems.Add(problem);
        }, database => database.Tasks[0].Target, cancellationToken);
        var modules = state.Catalogue.Modules;
        var byTarget = looked.ToDictionary(one => one.Task.Target);
        return [.. tasks.Select(one => byTarget.GetValueOrDefault(one.Task.Target) is { } found
            ? new PlannedRestore(found.Task, one.State.ProductVersion(modules), found.Tables)
            {
                Locks = found.Locks,
                Room = found.Room,
            }
            : new PlannedRestore(one.Task, one.State.ProductVersion(modules), null))];

        async Task LookElsewhereAsync(RestoreCheck of, IReadOnlyList<RestoreTask> group, bool missing, CancellationToken token)
        {
            foreach (var problem in await of.FindElsewhereAsync(group, token)) _problems.Add(problem);
            foreach (var task in group[0].IsWholeDatabase ? group : RestoreGroups.Of(group, [], missing))
                looked.Add(new LookedAt(task, missing ? null : task.IsWholeDatabase ? await of.TablesAsync(task, token) : null));
        }
    }

    private async Task OnEachAsync<T>(
        IEnumerable<T> places, Func<T, CancellationToken, Task> look, Func<T, Target> targetOf, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(state.Settings.Run.Parallel, state.Settings.Run.PerServer),
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
            catch (FormatException e)
            {
                _problems.Add(RestoreProblem.Unreadable($"{targetOf(place)}", "archive", e.Message));
            }
        });
    }

    /// <summary>How many of the largest restores have room for their locks at the same time.</summary>
    private static int SideBySide(IReadOnlyList<PlannedRestore> restores) => Math.Max(1, restores.GroupBy(restore => restore.Target.Server)
        .Select(server => Fitting([.. server.DistinctBy(restore => restore.Task.Together is [var first, ..] ? first.Target : restore.Target)
            .Select(restore => restore.Locks).OrderDescending()], server.Min(restore => restore.Room)))
        .DefaultIfEmpty(int.MaxValue).Min());

    private static int Fitting(IReadOnlyList<long> locks, long room)
    {
        var sum = 0L;
        for (var i = 0; i < locks.Count; i++)
            if ((sum += locks[i]) > room) return i;
        return int.MaxValue;
    }
}
