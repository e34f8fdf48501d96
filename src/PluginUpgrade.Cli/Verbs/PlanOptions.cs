using System.CommandLine;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>A plan written by <c>plan --out</c> and run by <c>upgrade --plan</c>.</summary>
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

    public static PlanRequest Request(InstanceFilter filter, Goal goal, bool skipUnreachable, SaveRule save) => new()
    {
        Instances = filter.Names,
        Labels = filter.Labels,
        Exclude = filter.Excluded,
        OnlyFailed = filter.OnlyFailed,
        From = goal.From?.Text,
        To = goal.To?.Text,
        RecordOnly = goal.RecordOnly,
        Order = goal.Order,
        Atomic = goal.Atomic,
        InstallationOnly = goal.InstallationOnly,
        SkipInstallation = goal.SkipInstallation,
        SkipUnreachable = skipUnreachable,
        AllowMissing = goal.AllowMissing,
        AllowChanged = goal.AllowChanged,
        AllowOutOfOrder = goal.AllowOutOfOrder,
        Save = save,
    };

    public static InstanceFilter Filter(PlanRequest request) => new()
    {
        Names = request.Instances,
        Labels = request.Labels,
        Excluded = request.Exclude,
        OnlyFailed = request.OnlyFailed,
    };

    public static Goal Goal(PlanRequest request) => new()
    {
        From = Version(request.From),
        To = Version(request.To),
        RecordOnly = request.RecordOnly,
        Order = request.Order,
        OnlyInstances = Filter(request).OnlyInstances,
        SkipInstallation = request.SkipInstallation,
        InstallationOnly = request.InstallationOnly,
        AllowMissing = request.AllowMissing,
        AllowChanged = request.AllowChanged,
        AllowOutOfOrder = request.AllowOutOfOrder,
        Atomic = request.Atomic,
    };

    private static UpgradeVersion? Version(string? text) => text is null ? null : UpgradeVersion.Parse(text);

    public static PlanFile FileOf(Plan plan, PlanRequest request, InstallationState state) => PlanFile.Of(
        plan, request, ProgramVersion.Text, TimeProvider.System.GetUtcNow(),
        [.. state.Facts.Select(one => (one.Target, one.ProductVersion(state.Catalogue.Modules)))]);

    /// <summary>What has moved since a plan was made that is to be run now.</summary>
    public static IReadOnlyList<Problem> Differences(PlanFile reviewed, Plan now, InstallationState state) => PlanDifferences.Find(
        reviewed, FileOf(now, reviewed.Request, state), state.Facts.Where(one => one.Target.Active)
            .ToDictionary(one => PlannedTarget.Key(one.Target.Scope, one.Target.Name), one => one.Rows));

    /// <exception cref="UpgradeException">It cannot be read, or is no plan.</exception>
    public static PlanFile Read(string path)
    {
        try
        {
            var read = PlanFile.Read(path);
            _ = Goal(read.Request);
            return read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            throw new UpgradeException(new Problem("KU-4040", path, $"The plan cannot be used: {e.Message}",
                "Name a file that krang-upgrade plan --out FILE wrote."), e);
        }
    }

    /// <summary>Takes the place of a file that was there, whole or not at all.</summary>
    /// <exception cref="UpgradeException">It cannot be written.</exception>
    public static void Write(string path, PlanFile plan)
    {
        try
        {
            var beside = $"{path}.{Guid.NewGuid():N}";
            try
            {
                File.WriteAllText(beside, plan.Text() + "\n");
                File.Move(beside, path, overwrite: true);
            }
            finally
            {
                File.Delete(beside);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UpgradeException(new Problem("KU-4042", path, $"The plan cannot be written to this file: {e.Message}",
                "Name another file: --out FILE."), e);
        }
    }

    /// <summary>The file says all that was asked for; what is said besides would be another plan.</summary>
    public static Problem Alone(IReadOnlyList<string> given) => new("KU-1122", $"--plan with {Problem.Join(given)}",
        "The plan decides this already, and runs exactly as it was reviewed.",
        "Leave out these options, or make a new plan: krang-upgrade plan --out FILE");
}
