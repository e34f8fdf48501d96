using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Reads whole journals, with times, runs and hosts: one connection and one query for each 500 targets of a database.</summary>
public sealed class HistoryReader(ConnectionSettings settings)
{
    /// <param name="targets">Targets that were reached. Those without a journal have no history.</param>
    /// <exception cref="UpgradeException">A database can no longer be reached.</exception>
    public async IAsyncEnumerable<(Target Target, JournalRow Row)> ReadAsync(IEnumerable<TargetState> targets)
    {
        var having = targets.Where(facts =>
            facts is { JournalFormat: Journal.Format, Unreachable: null }
            && facts.JournalFaults.All(fault => fault.Kind is JournalFaultKind.Write or JournalFaultKind.Key))
            .Select(facts => facts.Target);
        foreach (var database in having.GroupBy(target => target.Database))
            foreach (var batch in database.Chunk(JournalReader.BatchSize))
                foreach (var entry in await ReadAsync(batch)) yield return entry;
    }

    private async Task<List<(Target, JournalRow)>> ReadAsync(Target[] targets)
    {
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(targets[0].Database, settings, WaitFor.Room, CancellationToken.None);
            var schemas = targets.Select(target => target.Schema).Distinct().ToList();
            var journals = await JournalReader.ReadAsync(connection, schemas, CancellationToken.None);
            return
            [
                .. targets.SelectMany(target => (journals.GetValueOrDefault((target.Schema, target.Scope))?.Rows ?? [])
                    .SelectMany(JournalHistory.Of).Select(row => (target, row))),
            ];
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(targets[0], e), e);
        }
    }
}
