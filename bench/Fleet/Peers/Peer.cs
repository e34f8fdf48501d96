using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Peers;

/// <summary>
/// Other tools that bring databases from version to version, as their documentation says to use them: the same SQL, each step a transaction
/// of its own, their projects made anew for every run.
/// </summary>
internal static class Peer
{
    /// <summary>All of them.</summary>
    public static async Task<List<Rival>> AllAsync(DatabaseFleet fleet)
    {
        var npm = await NpmAsync();
        return
        [
            EfCore.Of(fleet),
            Dbmate.Of(fleet, npm),
            NodePgMigrate.Of(fleet, npm),
            Alembic.Of(fleet),
            Sqitch.Of(fleet),
        ];
    }

    /// <summary>The directory with the packages of npm that bench/peers/install.sh has installed.</summary>
    public static async Task<string> NpmAsync() =>
        Path.Combine((await new Contender("install.sh", Built.Peers, "--where").RunAsync()).Output.TrimEnd(), "node_modules");

    /// <summary>A file for each step in the peer's own directory.</summary>
    /// <returns>The directory.</returns>
    public static string Migrations(string name, DatabaseFleet fleet, Func<CmsStep, string> text)
    {
        var files = Cms.Steps.Select(step => fleet.File($"{name}/{step.Name}.sql", text(step))).ToList();
        return Path.GetDirectoryName(files[0])!;
    }

    /// <summary>A peer is to be slower than we are.</summary>
    public static Rival Under(string name, DatabaseFleet fleet, Proof proof, params string[] command) =>
        new(Rival.UnderXargs(name, fleet, command), proof, Aim.Faster) { Environment = fleet.Server.Environment };
}
