using System.CommandLine;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The options for a plan in a file: <c>plan --out</c> writes it, <c>upgrade --plan</c> runs it.</summary>
public static class PlanOptions
{
    public static Option<string> Out { get; } = new("--out")
    {
        Description = "Also write the plan to this file, for review. Run it with: krang-upgrade upgrade --plan FILE.",
        HelpName = "FILE",
    };

    public static Option<string> Plan { get; } = new("--plan")
    {
        Description = "Run exactly the plan in this file, or refuse and say what has changed since it was made.",
        HelpName = "FILE",
    };

    /// <exception cref="UpgradeException">The file cannot be read, or holds no plan.</exception>
    public static PlanFile Read(string path)
    {
        try
        {
            var read = PlanFile.Read(path);
            _ = read.Request.Goal();
            return read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            throw new UpgradeException(new Problem("KU-4040", path, $"The plan cannot be used: {e.Message}",
                $"Write one: {NextCommand.Of($"plan --out {NextCommand.Quote(path)}")}"), e);
        }
    }

    /// <summary>Replaces an existing file atomically. Devices such as /dev/stdout are written to, not replaced.</summary>
    /// <exception cref="UpgradeException">The file cannot be written.</exception>
    public static void Write(string path, PlanFile plan)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
                throw new DirectoryNotFoundException($"The directory {folder} does not exist.");
            if (IsDevice(path)) File.WriteAllText(path, plan.Text() + "\n");
            else WholeFile.Write(path, plan.Text() + "\n", overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UpgradeException(new Problem("KU-4042", path, $"The plan cannot be written to this file: {e.Message}",
                "Choose another file: --out FILE."), e);
        }
    }

    private static bool IsDevice(string path) =>
        ((string?[])[Path.GetFullPath(path), File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null])
        .Any(one => one is not null && (one.StartsWith("/dev/", StringComparison.Ordinal)
            || one.StartsWith("/proc/", StringComparison.Ordinal)));

    /// <summary>The file holds the whole request; further options would make it another plan.</summary>
    public static Problem Alone(IReadOnlyList<string> given) => new("KU-1122", $"--plan with {Problem.Join(given)}",
        "The plan already includes this, and runs exactly as it was reviewed.",
        "Leave them out, or make a new plan with them.");
}
