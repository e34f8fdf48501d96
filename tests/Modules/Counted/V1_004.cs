using PluginUpgrade;

namespace Counted;

public sealed class V1_004 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await Effect.NoteAsync(installation, nameof(V1_004), cancellationToken);
        await installation.Files.RemoveAsync("data/old.txt", cancellationToken);
        await installation.Files.WriteAsync("data/new/deep/file.txt", "new", cancellationToken);
        await Effect.LeaveAsync(installation, "installation", nameof(V1_004), cancellationToken);
    }

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Effect.LeaveAsync(instance, "instance", nameof(V1_004), cancellationToken);
}
