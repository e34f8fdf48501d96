using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade;

namespace Telling;

/// <summary>Writes down what its contexts say, and which object of the class it was told to.</summary>
[UpgradeModule("3.001", Description = "Tells what it was told")]
public sealed class V3_001 : IUpgradeModule
{
    private readonly Guid _me = Guid.NewGuid();
    private string _byInstallation = "";

    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        _byInstallation = $"found by the installation step of {_me}";
        await TellAsync(installation, "me", $"{_me}", cancellationToken);
        await TellAsync(installation, "root", installation.Root, cancellationToken);
        await TellAsync(installation, "instances", string.Join(",", installation.Instances), cancellationToken);
        await TellAsync(installation, "search_path", null, cancellationToken);
    }

    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        instance.Log.LogInformation("quietly telling of {Name}", instance.Name);
        instance.Log.LogWarning("loudly telling of {Name}", instance.Name);
        instance.Report(1, 2);
        await TellAsync(instance, "me", $"{_me}", cancellationToken);
        await TellAsync(instance, "state", _byInstallation, cancellationToken);
        await TellAsync(instance, "name", instance.Name, cancellationToken);
        await TellAsync(instance, "schema", instance.Schema, cancellationToken);
        await TellAsync(instance, "range", $"{instance.From}..{instance.To}", cancellationToken);
        await TellAsync(instance, "word", instance.Settings["Word"] ?? "none", cancellationToken);
        await TellAsync(instance, "labels", string.Join(",", instance.Labels.Select(label => $"{label.Key}={label.Value}").Order()),
            cancellationToken);
        await TellAsync(instance, "search_path", null, cancellationToken);
    }

    /// <param name="value">Null: what the search_path is.</param>
    private static async Task TellAsync(UpgradeContext context, string key, string? value, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync("CREATE TABLE IF NOT EXISTS told (key text, value text)", cancellationToken);
        await using var insert = new NpgsqlCommand("INSERT INTO told VALUES ($1, coalesce($2, current_setting('search_path')))",
            context.Connection);
        insert.Parameters.Add(new NpgsqlParameter { Value = key });
        insert.Parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
