using Microsoft.Extensions.Logging;
using PluginUpgrade;

namespace Counted;

public sealed class V1_005 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await Effect.NoteAsync(installation, nameof(V1_005), cancellationToken);
        await installation.Files.CopyAsync("data/addon-db", "data/copy", cancellationToken);
        // Both hold the password where the host lets it through.
        installation.Log.LogWarning("Connected with {ConnectionString}", installation.Connection.ConnectionString);
        installation.Log.LogWarning("The environment says {Password}", Environment.GetEnvironmentVariable("PGPASSWORD"));
        await Effect.LeaveAsync(installation, "installation", nameof(V1_005), cancellationToken);
    }

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAsync(instance, "instance", nameof(V1_005), cancellationToken);
}
