using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Rivals;

/// <summary>bench/BareLoop: the floor for steps that are transactions of their own.</summary>
internal static class BareLoop
{
    private const string Name = "a bare Npgsql loop";
    private static readonly Aim Near = new(1.10);

    public static Rival Of(DatabaseFleet fleet) =>
        new(new(Name, Built.BareLoop, "databases", fleet.Server.ConnectionTo("postgres"), fleet.Names), Proof.JournalOfSteps, Near);

    public static Rival Of(SchemaFleet fleet) =>
        new(new(Name, Built.BareLoop, "schemas", fleet.Server.ConnectionTo(SchemaFleet.Database)), Proof.JournalOfSteps, Near);

    public static Contender Looking(DatabaseFleet fleet) =>
        new($"{Name} that reads one row", Built.BareLoop, "look", fleet.Server.ConnectionTo("postgres"), fleet.Names);
}
