using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Swaps.Kept;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>As <see cref="RollbackCheck"/>, of a whole database.</summary>
internal static class DatabaseRollbackCheck
{
    /// <param name="live">A connection to the live database.</param>
    /// <returns>Null together with the problems that prevent it.</returns>
    public static async Task<(Rollback? Found, IReadOnlyList<Problem> Problems)> FindAsync(
        NpgsqlConnection live, Target target, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        var kept = await KeptDatabases.ReadAsync(live, target.DatabaseName, cancellationToken);
        var before = kept.FirstOrDefault(one => one.Place == KeptPlace.Before);
        if (before?.Note is not { Kind: KeptKind.Before } note || !UpgradeVersion.TryParse(note.Version, out var back))
            return (null, [KeptProblem.NothingToGoBackTo(target, before)]);
        List<Problem> problems = [];
        if (kept.Any(one => one.Place == KeptPlace.Failed)) problems.Add(KeptProblem.FailedIsThere(target));
        var state = await LiveDatabase.ReadAsync(live, [before.Name], settings.ApplicationName, cancellationToken);
        problems.AddRange(state.Problems(target));
        if (state.Oid != note.Live) problems.Add(KeptProblem.NotSwappedIn(target, isMissing: false));
        if (problems.Count > 0) return (null, problems);
        await using var former = await Connections.OpenForReadingAsync(
            BesideTarget.In(target, before.Name).Database, settings, WaitFor.Return, cancellationToken, held: 1);
        var (now, then) = (await DoneAsync(live, target, cancellationToken), await DoneAsync(former, target, cancellationToken));
        if (now is null || then is null)
            return (null, [KeptProblem.NoJournal(target, now is null ? target.DatabaseName : before.Name)]);
        var written = await WrittenRows.CountAllAsync(live, cancellationToken) - note.Written;
        return RollbackCheck.Of(before, note, back, now, then, written) is { } found ? (found, [])
            : (null, [KeptProblem.NotSwappedIn(target, isMissing: false)]);
    }

    private static async Task<List<JournalRow>?> DoneAsync(
        NpgsqlConnection connection, Target target, CancellationToken cancellationToken)
    {
        await using (var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = Journal.Table(target.Schema) } },
        })
            if (await query.ExecuteScalarAsync(cancellationToken) is not true) return null;
        if ((await JournalShape.FindAsync(connection, [target.Schema], cancellationToken)).Count > 0) return null;
        var journals = await JournalReader.ReadAsync(connection, [target.Schema], cancellationToken);
        return RollbackCheck.DoneBy(journals.GetValueOrDefault((target.Schema, target.Scope)));
    }
}
