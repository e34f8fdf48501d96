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
    BatchRunner? Batches, Action<long, long> Progress);
