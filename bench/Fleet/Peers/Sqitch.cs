using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Peers;

/// <summary>https://sqitch.org</summary>
internal static class Sqitch
{
    private const string Head = "%syntax-version=1.0.0\n%project=cms\n\n";

    public static Rival Of(DatabaseFleet fleet)
    {
        foreach (var step in Cms.Steps) fleet.File($"sqitch/deploy/{step.Name}.sql", $"BEGIN;\n{step.Sql}\nCOMMIT;\n");
        fleet.File("sqitch/sqitch.conf", "[core]\n\tengine = pg\n");
        var changes = Cms.Steps.Select(step => $"{step.Name} 2026-01-01T00:00:00Z Bench <bench@example.org> # {step.Name}\n");
        var plan = fleet.File("sqitch/sqitch.plan", Head + string.Concat(changes));
        string[] command = ["sqitch", "--chdir", Path.GetDirectoryName(plan)!, "--quiet", "deploy", "--target", "db:pg:{}"];
        return Peer.Under("sqitch", fleet, Proof.Rows("sqitch.changes"), command) with
        {
            Environment = [.. fleet.Server.Environment, ("SQITCH_FULLNAME", "Bench"), ("SQITCH_EMAIL", "bench@example.org")],
        };
    }
}
