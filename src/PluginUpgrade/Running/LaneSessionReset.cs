using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>Each step finds the session as new.</summary>
public sealed partial class LaneSession
{
    /// <summary>
    /// Resets the session before each step: the parts of DISCARD ALL except releasing the target's lock. Prepared statements are left to
    /// <see cref="ForgetPreparedAsync"/>, because Npgsql must forget them too.
    /// </summary>
    public IReadOnlyList<string> ResetSql
    {
        get
        {
            var statements = !IsUsed ? Connections.ResetSql
                : [.. Connections.ResetSql, "CLOSE ALL", "UNLISTEN *", "DISCARD PLANS", "DISCARD SEQUENCES", "DISCARD TEMP"];
            SeededFault.Change("reset of a session", ref statements);
            return statements;
        }
    }

    /// <summary>Runs <see cref="ResetSql"/> outside a step's transaction, and applies krang-upgrade's session settings.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        var settings = $"SELECT {Connections.SettingsSql(Connection.PostgreSqlVersion, _settings)}";
        await ExecuteAsync(string.Join("; ", [.. ResetSql, settings]), cancellationToken);
    }

    /// <summary>
    /// As <see cref="TargetLock.HoldForTransaction"/>, for a session without a step's transaction. Afterwards only the target's lock is
    /// held, and no statement is prepared.
    /// </summary>
    /// <param name="newestType">The newest type of the previous call; null on the first call.</param>
    public Task<(bool Held, long NewestType, MadeTypes Made)> HoldAsync(long? newestType, CancellationToken cancellationToken) =>
        HoldAsync([], "NULL", newestType, cancellationToken);

    /// <summary><see cref="ResetAsync"/> and <see cref="HoldAsync(long?, CancellationToken)"/> in one round trip.</summary>
    /// <param name="limitsLocks">Whether the time that a statement waits for a lock is limited.</param>
    /// <returns>Whether the target's lock is held.</returns>
    public async Task<bool> ResetAndHoldAsync(CancellationToken cancellationToken, bool limitsLocks = true)
    {
        var settings = limitsLocks ? _settings : _settings with { LockTimeout = TimeSpan.Zero };
        return (await HoldAsync(
            ResetSql, Connections.SettingsSql(Connection.PostgreSqlVersion, settings), newestType: null, cancellationToken)).Held;
    }

    private async Task<(bool Held, long NewestType, MadeTypes Made)> HoldAsync(
        IReadOnlyList<string> before, string settings, long? newestType, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection) { Timeout = Sql.Seconds(_settings.AnswerTimeout) };
        foreach (var statement in before) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        // What is reset applies to the transaction of what follows.
        if (before.Count > 0) batch.BatchCommands[^1].AppendErrorBarrier = true;
        batch.BatchCommands.Add(TargetLock.HoldForTransaction(_target.Scope, _target.Schema, "", settings));
        if (newestType is not null)
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {NewTypes.Query("$1")}")
            {
                Parameters = { new() { Value = newestType } },
            });
        var (held, prepared, newest, made) = (false, false, 0L, default(MadeTypes));
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken))
                (held, prepared, newest) = (reader.GetBoolean(0), reader.GetBoolean(1), NewTypes.After(reader.GetInt64(2)));
            if (await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken))
                made = MadeTypes.Read(reader, _target.Schema);
        }
        if (prepared) await ForgetPreparedAsync();
        return (held, newest, made);
    }

    /// <summary>Deallocates statements that a module prepared, in SQL or through Npgsql.</summary>
    public Task ForgetPreparedAsync() => Task.Run(Connection.UnprepareAll);
}
