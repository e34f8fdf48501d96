using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// Stands before a step's first change to files. A host that was frozen may have lost its session, and with it the target's lock, to
/// another one that has gone on: files know no transaction that would refuse the sleeper. So the files' own lock is taken, and under it
/// the server asked, on another connection, whether the step is still this host's.
/// </summary>
internal sealed class FilesGuard(RunSetting setting, UpgradeStep step)
{
    /// <param name="transaction">The id of the step's transaction.</param>
    public Task<IDisposable> WhileOpenAsync(string transaction) => WhileAsync(async connection =>
    {
        await using var ask = new NpgsqlCommand("SELECT pg_xact_status($1::text::xid8)", connection)
        {
            Parameters = { new() { Value = transaction } },
        };
        return await ask.ExecuteScalarAsync() is "in progress";
    });

    /// <summary>Of a step outside a transaction: its row of intent is this run's, or another's that has taken it over.</summary>
    public Task<IDisposable> WhileRunningAsync() => WhileAsync(async connection =>
        await new Journal(step.Target.Schema, setting.Connection.AnswerTimeout).ReadAsync(connection, step, CancellationToken.None)
            is { State: StepState.Running } row && row.Run == setting.RunId);

    private async Task<IDisposable> WhileAsync(Func<NpgsqlConnection, Task<bool>> isOurs)
    {
        var held = await FilesLock.TakeAsync(setting.Root, setting.Connection.LockTimeout, setting.Time, CancellationToken.None);
        try
        {
            setting.Connection.Servers.MakeRoom();
            await using var connection = await Connections.OpenForReadingAsync(
                step.Target.Database, setting.Connection, WaitFor.Return, CancellationToken.None, held: 1);
            return await isOurs(connection) ? held : throw new UpgradeException(RunProblem.NotItsFiles(step));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }
}
