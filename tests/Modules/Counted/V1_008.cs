using System.Globalization;
using PluginUpgrade;

namespace Counted;

/// <summary>
/// Outside a transaction; may be called again: an index beside readers and writers, then batches, the effect with the last of them.
/// </summary>
[UpgradeModule("1.008", Transactional = false, Repeatable = true)]
public sealed class V1_008 : IUpgradeModule
{
    private const int Batches = 4;

    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.CreateIndexConcurrentlyAsync(
            "effect_module", "CREATE INDEX CONCURRENTLY effect_module ON effect (module)", cancellationToken);
        await instance.ExecuteAsync("CREATE TABLE IF NOT EXISTS batched (n integer)", cancellationToken);
        await instance.InBatchesAsync((cursor, token) => BatchAsync(instance, cursor, token), cancellationToken: cancellationToken);
    }

    private static async Task<string?> BatchAsync(InstanceContext instance, string? cursor, CancellationToken token)
    {
        var n = cursor is null ? 1 : int.Parse(cursor, CultureInfo.InvariantCulture) + 1;
        await instance.ExecuteAsync($"INSERT INTO batched VALUES ({n})", token);
        if (n < Batches) return $"{n}";
        await Effect.LeaveAtOnceAsync(instance, "instance", nameof(V1_008), token);
        return null;
    }
}
