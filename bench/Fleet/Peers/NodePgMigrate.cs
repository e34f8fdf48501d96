using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Peers;

/// <summary>https://github.com/salsita/node-pg-migrate</summary>
internal static class NodePgMigrate
{
    public static Rival Of(DatabaseFleet fleet, string npm)
    {
        var directory = Peer.Migrations("node-pg-migrate", fleet, step => $"-- Up Migration\n{step.Sql}\n");
        string[] command =
        [
            "env", "PGDATABASE={}", Path.Combine(npm, ".bin/node-pg-migrate"), "up",
            "--migrations-dir", directory, "--no-single-transaction", "--no-verbose",
        ];
        return Peer.Under("node-pg-migrate", fleet, Proof.Rows("{0}.pgmigrations"), command);
    }
}
