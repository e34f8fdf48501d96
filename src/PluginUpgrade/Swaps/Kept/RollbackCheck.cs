using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>What a rollback of one target would exchange.</summary>
/// <param name="Module">The row of the exchange in the journal of the live schema.</param>
internal sealed record Rollback(KeptSchema Before, KeptNote Note, RollBackSwap Action, JournalRow Module)
{
    /// <summary>For the journal that comes back, and for the note on what was live.</summary>
    public static string Reason => $"rolled back by {Operator.Name} on {Environment.MachineName}";

    /// <summary>The note on what was live until now.</summary>
    public KeptNote NoteAt(DateTimeOffset now) => new(KeptKind.Failed, $"{Action.Undone[^1]}", Note.Version, now)
    {
        Component = Note.Component,
        Reason = Reason,
    };
}

/// <summary>
/// Everything that prevents a rollback, found before anything changes; and again when everything is locked, since the answer to the
/// question may have taken hours.
/// </summary>
internal static class RollbackCheck
{
    /// <returns>Null together with the problems that prevent it.</returns>
    public static async Task<(Rollback? Found, IReadOnlyList<Problem> Problems)> FindAsync(
        NpgsqlConnection connection, Target target, CancellationToken cancellationToken)
    {
        var kept = await KeptReader.ReadAsync(connection, target.Schema, cancellationToken);
        var before = kept.FirstOrDefault(one => one.Place == KeptPlace.Before);
        if (before?.Note is not { Kind: KeptKind.Before } note || !UpgradeVersion.TryParse(note.Version, out var back))
            return (null, [KeptProblem.NothingToGoBackTo(target, before)]);
        List<Problem> problems = [];
        if (kept.Any(one => one.Place == KeptPlace.Failed)) problems.Add(KeptProblem.FailedIsThere(target));
        var rights = await SchemaRights.ReadAsync(connection, [target.Schema, before.Name], cancellationToken);
        problems.AddRange(rights.Problems(target));
        var live = rights.OidOf(target.Schema);
        if (live != note.Live) problems.Add(KeptProblem.NotSwappedIn(target, isMissing: live is null));
        if (live is null || live != note.Live) return (null, problems);
        await AddDependenciesAsync(problems, connection, target, note, live.Value, cancellationToken);
        if (await JournalsAsync(problems, connection, target, rights, cancellationToken) is not var (now, then)) return (null, problems);
        if (problems.Count > 0) return (null, problems);
        var written = await WrittenRows.CountAsync(connection, target.Schema, cancellationToken, note.Carried) - note.Written;
        return Of(before, note, back, now, then, written) is { } found ? (found, [])
            : (null, [KeptProblem.NotSwappedIn(target, isMissing: false)]);
    }

    /// <summary>What is done by the live journal, and not by the one that comes back, is undone.</summary>
    /// <returns>Null if the live journal does not have the exchange.</returns>
    internal static Rollback? Of(
        KeptSchema before, KeptNote note, UpgradeVersion back, List<JournalRow> now, List<JournalRow> then, long? written)
    {
        var undone = now.Where(row => !then.Any(other => IsSame(row, other))).ToList();
        var module = undone.FirstOrDefault(row => row.Component == note.Component && $"{row.Version}" == note.Other)
            ?? undone.FirstOrDefault(row => row.Component == note.Component);
        return module is null ? null : new Rollback(before, note, Action(note, back, undone, written), module);
    }

    internal static List<JournalRow> DoneBy(JournalReader.Journalled? journal) =>
        [.. (journal?.Rows ?? []).Where(row => row.State is StepState.Done or StepState.Baseline)];

    private static RollBackSwap Action(KeptNote note, UpgradeVersion back, List<JournalRow> undone, long? written) => new(
        back, [.. undone.Where(row => row.Component == note.Component).Select(row => row.Version).Order()])
    {
        Component = note.Component,
        // After an exchange back, this is the target's version.
        Version = back,
        UndoneBesides = [.. undone.Where(row => row.Component != note.Component).Select(row => Named(row.Component, $"{row.Version}"))],
        // Counters that went backwards were reset: by a crash, or by hand.
        Written = written < 0 ? null : written,
    };

    private static string Named(string component, string version) => component.Length == 0 ? version : $"{component} {version}";

    private static bool IsSame(JournalRow row, JournalRow other) => row.Component == other.Component && row.Version == other.Version;

    private static async Task AddDependenciesAsync(
        List<Problem> problems, NpgsqlConnection connection, Target target, KeptNote note, long live, CancellationToken cancellationToken)
    {
        if (note.Carried.Count > 0
            && await SchemaDigest.OfTablesAsync(connection, target.Schema, note.Carried, cancellationToken) != note.Shape)
            problems.Add(KeptProblem.ShapeChanged(target, note.Carried));
        var dependents = await OutsideDependents.OfRenamedAsync(connection, live, note.Carried, cancellationToken);
        if (dependents.Count > 0) problems.Add(KeptProblem.WouldFollow(target, dependents));
    }

    /// <returns>What is done, by the journals of the live schema and of the one that comes back; null if they cannot be read.</returns>
    private static async Task<(List<JournalRow> Now, List<JournalRow> Then)?> JournalsAsync(
        List<Problem> problems, NpgsqlConnection connection, Target target, SchemaRights rights, CancellationToken cancellationToken)
    {
        List<string> schemas = [target.Schema, BesideNames.Before(target.Schema)];
        var unsound = (await JournalShape.FindAsync(connection, schemas, cancellationToken)).Select(fault => fault.Schema)
            .Concat(schemas.Where(schema => !rights.HasJournal(schema))).Distinct().ToList();
        problems.AddRange(unsound.Select(schema => KeptProblem.NoJournal(target, schema)));
        if (unsound.Count > 0) return null;
        var journals = await JournalReader.ReadAsync(connection, schemas, cancellationToken);
        return (Done(schemas[0]), Done(schemas[1]));

        List<JournalRow> Done(string schema) => DoneBy(journals.GetValueOrDefault((schema, target.Scope)));
    }
}
