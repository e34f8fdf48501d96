using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade;

namespace Cms.Upgrade;

/// <summary>
/// Contributors get a name for display, filled from what is there; the installation gets a file that says how it is written. The
/// separator may be set: <c>"Modules": { "V1_004": { "Separator": " " } }</c>.
/// </summary>
[UpgradeModule("1.004", Description = "Contributors have a display name")]
public sealed class V1_004 : IUpgradeModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        installation.Files.WriteAsync("data/display-name.txt", "last_name, first_name\n", cancellationToken);

    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync("ALTER TABLE contributor ADD COLUMN display_name text", cancellationToken);
        await using var fill = new NpgsqlCommand(
            "UPDATE contributor SET display_name = last_name || $1 || first_name", instance.Connection);
        fill.Parameters.Add(new NpgsqlParameter { Value = instance.Settings["Separator"] ?? ", " });
        var filled = await fill.ExecuteNonQueryAsync(cancellationToken);
        await instance.ExecuteAsync("ALTER TABLE contributor ALTER COLUMN display_name SET NOT NULL", cancellationToken);
        instance.Log.LogInformation("{Count} display names of {Instance} were filled in", filled, instance.Name);
    }
}
