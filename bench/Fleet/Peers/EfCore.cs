using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Peers;

/// <summary>bench/EfCore: migrations of Entity Framework Core in a parallel loop of one process.</summary>
internal static class EfCore
{
    public static Rival Of(DatabaseFleet fleet) => new(
        new Contender("EF Core migrations, a loop of 4", Built.EfCore, fleet.Server.ConnectionTo("postgres"), fleet.Names),
        Proof.Rows("{0}.\"__EFMigrationsHistory\""), Aim.Faster);
}
