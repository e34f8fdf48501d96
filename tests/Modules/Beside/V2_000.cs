using Npgsql;
using PluginUpgrade;

namespace Beside;

/// <summary>
/// Builds beside what its settings say, without CatchUp: writers wait from the build on. An interrupted build begins again.
/// </summary>
[UpgradeModule("2.0", Description = "Tables of the second version")]
public sealed class V2_000 : ISideBySideModule
{
    public async Task Build(SideBySideContext next, CancellationToken cancellationToken)
    {
        foreach (var table in (next.Settings["Carry"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)) next.Carry(table);
        foreach (var part in Parts(next, "Build"))
        {
            await next.ExecuteAsync(part, cancellationToken);
            next.Report(1, 0);
        }
        if (next.Settings["Throw"] is { } message) throw new InvalidOperationException(message);
    }

    public async Task<bool> Drain(InstanceContext live, CancellationToken cancellationToken) =>
        live.Settings["Drain"] is not { } sql || await live.ExecuteAsync(sql, cancellationToken) <= 0;

    public Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(next.Settings["Fault"] is { } fault ? [fault] : []);

    public async Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        if (instance.Settings["Check"] is not { } sql) return [];
        await using var query = new NpgsqlCommand(sql, instance.Connection);
        return await query.ExecuteScalarAsync(cancellationToken) is string found ? [found] : [];
    }

    private static string[] Parts(SideBySideContext next, string name) => (next.Settings[name] ?? "")
        .Replace("{live}", PostgresName.Quote(next.Live), StringComparison.Ordinal).Split("--then", StringSplitOptions.RemoveEmptyEntries);
}
