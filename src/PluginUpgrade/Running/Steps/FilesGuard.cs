using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Checks ownership before a step's first change to files. While a process was suspended, its session may have ended, and another process
/// may have taken the target's lock and continued. The file system cannot reject a resumed process. So it takes the files' lock, and asks
/// the server over another connection whether this process still owns the step.
/// </summary>
internal sealed class FilesGuard(RunContext context, UpgradeStep step)
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

    /// <summary>For a step outside a transaction: its running row must belong to this run, and not to one that has taken it over.</summary>
    public Task<IDisposable> WhileRunningAsync() => WhileAsync(async connection =>
        await new Journal(step.Target.Schema, context.Connection.AnswerTimeout).ReadAsync(connection, step, CancellationToken.None)
            is { State: StepState.Running } row && row.Run == context.RunId);

    /// <exception cref="FilesGuardException">The step no longer belongs to this process, or the server could not be asked.</exception>
    private async Task<IDisposable> WhileAsync(Func<NpgsqlConnection, Task<bool>> isOurs)
    {
        FilesLock? held = null;
        try
        {
            held = await FilesLock.TakeAsync(context.Root, context.Connection.LockTimeout, context.Time, CancellationToken.None);
            await using var connection = await OpenAsync();
            return await isOurs(connection) ? held : throw new FilesGuardException(RunProblem.NotItsFiles(step));
        }
        catch (Exception e)
        {
            held?.Dispose();
            if (e is UpgradeException { Problems: [var problem] }) throw new FilesGuardException(problem, e);
            throw;
        }
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        try
        {
            return await Connections.OpenForReadingAsync(
                step.Target.Database, context.Connection, WaitFor.Return, CancellationToken.None, held: 1);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new FilesGuardException(RunProblem.NotAsked(step, SqlErrors.Describe(e)), e);
        }
    }
}

/// <summary>Thrown by krang-upgrade; it travels through module code.</summary>
public sealed class FilesGuardException(Problem problem, Exception? inner = null) : Exception($"{problem}", inner)
{
    public Problem Problem => problem;
}
