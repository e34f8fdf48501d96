using Npgsql;
using PluginUpgrade;

namespace Concurrent;

/// <summary>The table that the others work on.</summary>
[UpgradeModule("1.0")]
public sealed class V1_0 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => instance.ExecuteAsync("""
        CREATE TABLE story (id integer, title text);
        INSERT INTO story SELECT i, 'title ' || i FROM generate_series(1, 1000) i;
        CREATE TABLE batch (done_up_to integer, xid xid8);
        """, cancellationToken);
}

/// <summary>An index, built beside readers and writers. May be called again.</summary>
[UpgradeModule("1.1", Transactional = false, Repeatable = true)]
public sealed class V1_1 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.CreateIndexConcurrentlyAsync(
            "story_title", "CREATE UNIQUE INDEX CONCURRENTLY story_title ON story (title)", cancellationToken);
}

/// <summary>Ten batches; where a table 'stop_at' says so, one of them fails.</summary>
[UpgradeModule("1.2", Transactional = false, Repeatable = true)]
public sealed class V1_2 : IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.InBatchesAsync((cursor, token) => BatchAsync(instance, cursor, token), cancellationToken: cancellationToken);

    private static async Task<string?> BatchAsync(InstanceContext instance, string? cursor, CancellationToken token)
    {
        var from = cursor is null ? 0 : int.Parse(cursor, null);
        await instance.ExecuteAsync($"""
            UPDATE story SET title = upper(title) WHERE id > {from} AND id <= {from + 100};
            INSERT INTO batch VALUES ({from + 100}, pg_current_xact_id());
            """, token);
        await using var stop = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM stop_at WHERE id = {from + 100})", instance.Connection);
        if (await stop.ExecuteScalarAsync(token) is true) throw new InvalidOperationException($"stopped at {from + 100}");
        return from + 100 < 1000 ? $"{from + 100}" : null;
    }
}

/// <summary>Says itself whether it was done: its work is a statement that fails the second time.</summary>
[UpgradeModule("1.3", Transactional = false)]
public sealed class V1_3 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync("CREATE TABLE once ()", cancellationToken);
        await instance.ExecuteAsync("SELECT pg_sleep(n) FROM pause", cancellationToken);
    }

    public async Task<StepEffect> VerifyInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT to_regclass('once') IS NOT NULL", instance.Connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true ? StepEffect.Applied : StepEffect.NotApplied;
    }
}
