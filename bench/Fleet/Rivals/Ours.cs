using System.Text.Json;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Harness;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Rivals;

/// <summary>The host: a drop folder with real module DLLs, settings, and the command that an operator types.</summary>
internal static class Ours
{
    // Made once: every making gives other bytes, and a file that is not the one that was applied is refused.
    private static readonly (string File, byte[] Bytes)[] Modules =
    [
        .. Cms.Steps.Select(step => ($"{step.Module}.dll", ModuleAssembly.Of(new ModuleSource(step.Module) { PerInstance = step.Sql }))),
    ];

    public static Rival Steps(Fleet fleet) => new(Runs(fleet), Proof.JournalOfSteps);

    public static Rival Atomic(Fleet fleet) => new(Runs(fleet, "upgrade", "--atomic", "instance"), Proof.JournalOfOne);

    /// <summary>The host with these words, on this fleet.</summary>
    public static Contender Runs(Fleet fleet, params string[] words)
    {
        var root = MakeInstallation(fleet);
        return new Contender($"`{string.Join(' ', ["krang-upgrade", .. words])}`", Built.Host, [.. words, "--root", root, "--quiet"]);
    }

    /// <summary>Whether this build can take an instance all the way in one transaction.</summary>
    public static async Task<bool> CanBeAtomicAsync() =>
        (await new Contender("help", Built.Host, "upgrade", "--help").RunAsync()).Output.Contains("--atomic", StringComparison.Ordinal);

    private static string MakeInstallation(Fleet fleet)
    {
        var (key, instances) = fleet.Instances;
        var settings = fleet.File("krang/krang-upgrade.json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Installation"] = fleet.Installation,
            [key] = instances,
            ["Run"] = new { Parallel = 4, PerServer = 4 },
        }));
        var root = Path.GetDirectoryName(settings)!;
        var drop = Directory.CreateDirectory(Path.Combine(root, "upgrade")).FullName;
        foreach (var (file, bytes) in Modules) File.WriteAllBytes(Path.Combine(drop, file), bytes);
        return root;
    }
}
