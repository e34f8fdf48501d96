using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// What every context has, whatever the target is: <see cref="UpgradeContext"/> says what each is. No batches in a step that is one
/// transaction; progress goes where <see cref="UpgradeContext.Report"/> does.
/// </summary>
internal sealed record ContextParts(
    NpgsqlConnection Connection, string Schema, UpgradeVersion From, UpgradeVersion To, ILogger Log, IConfiguration Settings,
    string ModuleFolder, BatchRunner? Batches, Action<long, long> Progress)
{
    /// <summary>Sends SQL, split into its statements.</summary>
    public required Func<string, CancellationToken, Task<int>> Execute { get; init; }

    /// <summary>Opens further connections.</summary>
    public required Func<Action<NpgsqlDataSourceBuilder>?, CancellationToken, Task<NpgsqlConnection>> Open { get; init; }
}
