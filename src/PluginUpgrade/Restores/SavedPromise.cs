using Npgsql;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>
/// A save promises that it can be restored: right after it, the restore's own checks run on the same server as the same role. What a
/// restore would refuse is reported while there is still time.
/// </summary>
internal static class SavedPromise
{
    /// <inheritdoc cref="PromiseCheck"/>
    public static async Task<IReadOnlyList<Problem>> FindAsync(
        NpgsqlConnection connection, PlannedArchive planned, string folder, SavedArchive saved, CancellationToken cancellationToken)
    {
        var target = planned.Targets[0];
        var archive = new RestoreArchive(Path.Combine(folder, planned.Name), saved, planned.Programs);
        List<Problem> problems = [];
        if (planned.IsWholeDatabase)
        {
            var database = await ExistingDatabase.ReadAsync(connection, target.DatabaseName, "", cancellationToken);
            if (database.Replicated.Length > 0) problems.Add(RestoreProblem.Replicated(target, database.Replicated, Severity.Warning));
            if (!database.MayReplace)
                problems.Add(RestoreProblem.MayNot(target, $"CREATE DATABASE {PostgresName.Quote(target.DatabaseName)}",
                "it does not own the database, or has no right to create databases (CREATEDB)", Severity.Warning));
        }
        var isPlain = planned.IsWholeDatabase || planned.Database.Encoding != "SQL_ASCII";
        if (isPlain && await RestoreRights.IsSuperuserAsync(connection, cancellationToken)) return problems;
        try
        {
            var needs = await NeedsReader.ReadAsync(archive, [], !planned.IsWholeDatabase, cancellationToken);
            if (planned.IsWholeDatabase) needs.Unnameable.Clear();
            if (planned.IsWholeDatabase)
                foreach (var statement in await ExistingDatabase.StatementsAsync(connection, target.DatabaseName, cancellationToken))
                    needs.Add(statement);
            return [.. problems, .. await RestoreRights.FindAsync(
                connection, needs, statement => TargetOf(statement, planned.Targets), Severity.Warning, cancellationToken)];
        }
        catch (FormatException e)
        {
            var unreadable = RestoreProblem.Unreadable($"{planned}", archive.Saved.Name, e.Message);
            return [.. problems, unreadable with { Severity = Severity.Warning }];
        }
    }

    /// <summary>Finds a statement's target by its schema: names in a dump are qualified.</summary>
    public static Target TargetOf(string statement, IReadOnlyList<Target> targets) => targets.Count == 1 ? targets[0]
        : targets.FirstOrDefault(target => statement.Contains($"{PostgresName.Quote(target.Schema)}.", StringComparison.Ordinal)
            || statement.Contains($" {target.Schema}.", StringComparison.Ordinal)
            || statement.Contains($" SCHEMA {target.Schema} ", StringComparison.Ordinal)) ?? targets[0];
}
