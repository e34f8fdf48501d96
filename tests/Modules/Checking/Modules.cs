using Npgsql;
using PluginUpgrade;

namespace Checking;

/// <summary>Its check does what the setting <c>Check</c> says; without one, it answers what the table <c>obstacle</c> holds.</summary>
[UpgradeModule("4.001")]
public sealed class V4_001 : IUpgradeModule
{
    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        installation.ExecuteAsync("CREATE TABLE shared (id integer)", cancellationToken);

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.ExecuteAsync("CREATE TABLE story (id integer)", cancellationToken);

    public async Task<IReadOnlyList<string>> CheckInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        if (installation.Settings["Check"] == "files") await installation.Files.WriteAsync("checked", "by a check", cancellationToken);
        return [];
    }

    public async Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        switch (instance.Settings["Check"])
        {
            case "write": await instance.ExecuteAsync("CREATE TABLE checked ()", cancellationToken); break;
            case "throw": throw new InvalidOperationException("the check itself is broken");
            case "wait": await Task.Delay(Timeout.Infinite, cancellationToken); break;
            case "hang": await Task.Delay(Timeout.Infinite, CancellationToken.None); break;
        }
        return await ObstaclesAsync(instance, cancellationToken);
    }

    public static async Task<IReadOnlyList<string>> ObstaclesAsync(InstanceContext instance, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass('obstacle') IS NOT NULL", instance.Connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true) return [];
        await using var query = new NpgsqlCommand("SELECT what FROM obstacle ORDER BY 1", instance.Connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> found = [];
        while (await reader.ReadAsync(cancellationToken)) found.Add(reader.GetString(0));
        return found;
    }
}

[RequiresExtension("plpgsql", MinimumVersion = "1.0")]
public abstract class NeedsALanguage : IUpgradeModule;

/// <summary>Its check needs what the module before makes.</summary>
[UpgradeModule("4.002")]
public sealed class V4_002 : NeedsALanguage, IUpgradeModule
{
    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.ExecuteAsync("ALTER TABLE story ADD COLUMN title text", cancellationToken);

    public async Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT count(*) FROM story", instance.Connection);
        await query.ExecuteScalarAsync(cancellationToken);
        return instance.Settings["Check"] == "no" ? [$"{instance.Name} may not have titles"] : [];
    }
}
