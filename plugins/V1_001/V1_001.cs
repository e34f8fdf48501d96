using PluginUpgrade;

namespace Cms.Upgrade;

/// <summary>Where the example begins: an account list for the installation, and the tables of a small CMS for every instance.</summary>
[UpgradeModule("1.001", Description = "The first schema")]
public sealed class V1_001 : IUpgradeModule
{
    public async Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken)
    {
        await installation.ExecuteAsync("""
            CREATE TABLE addon (
              name text PRIMARY KEY,
              installed_at timestamptz NOT NULL DEFAULT now());
            """, cancellationToken);
        await installation.Files.WriteAsync("data/addons/README", "One file for each add-on that is installed.\n", cancellationToken);
    }

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => instance.ExecuteAsync("""
        CREATE TABLE contributor (
          contributor_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          first_name text NOT NULL,
          last_name text NOT NULL);
        CREATE TABLE story (
          story_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          contributor_id integer REFERENCES contributor,
          title text NOT NULL);
        """, cancellationToken);
}
