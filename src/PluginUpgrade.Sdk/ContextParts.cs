using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// The parts of every context, described in <see cref="UpgradeContext"/>. <c>Batches</c> is null in a transactional step;
/// <c>Progress</c> is called by <see cref="UpgradeContext.Report"/>.
/// </summary>
internal sealed record ContextParts(
    NpgsqlConnection Connection, string Schema, UpgradeVersion From, UpgradeVersion To, ILogger Log, IConfiguration Settings,
    string ModuleFolder, BatchRunner? Batches, Action<long, long> Progress)
{
    /// <summary>Splits SQL into statements, and runs them.</summary>
    public required Func<string, CancellationToken, Task<int>> Execute { get; init; }

    /// <summary>Opens further connections.</summary>
    public required Func<Action<NpgsqlDataSourceBuilder>?, CancellationToken, Task<NpgsqlConnection>> Open { get; init; }
}
