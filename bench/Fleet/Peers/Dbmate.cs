using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Bench.Peers;

/// <summary>https://github.com/amacneil/dbmate</summary>
internal static class Dbmate
{
    public static Rival Of(DatabaseFleet fleet, string npm)
    {
        var directory = Peer.Migrations("dbmate", fleet, step => $"-- migrate:up\n{step.Sql}\n\n-- migrate:down\n");
        // The program itself, without the package's wrapper, which starts it from a process of node.
        string[] command =
        [
            Path.Combine(npm, "@dbmate/linux-x64/bin/dbmate"),
            "--url", $"postgres://{EmbeddedServer.Superuser}@/{{}}?socket={fleet.Server.Socket}",
            "--migrations-dir", directory, "--no-dump-schema", "migrate",
        ];
        return Peer.Under("dbmate", fleet, Proof.Rows("{0}.schema_migrations"), command);
    }
}
