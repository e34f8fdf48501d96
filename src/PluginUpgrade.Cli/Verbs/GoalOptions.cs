using System.CommandLine;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The options for the goal of an upgrade and for overriding its rules; the same for upgrade, plan and check.</summary>
public sealed class GoalOptions
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "The version to start from, excluded (default: what each journal says).",
        HelpName = "V",
    };

    private readonly Option<string> _to = new("--to")
    {
        Description = "The version to upgrade to, included (default: the newest module's version).",
        HelpName = "V",
    };

    private readonly Option<bool> _recordOnly = new("--record-only")
    {
        Description = "Only record the version of --to and run nothing, for a release without a module.",
    };

    private readonly Option<string> _order = new("--order")
    {
        Description = "version-by-version (default) or installation-first.",
        HelpName = "ORDER",
    };

    private readonly Option<bool> _skipInstallation = new("--skip-installation")
    {
        Description = "Upgrade the named instances even if an earlier installation step has not run. The journal records this.",
    };

    private readonly Option<bool> _installationOnly = new("--installation-only") { Description = "Only the installation, no instance." };

    private readonly Option<bool> _allowMissing = new("--allow-missing")
    {
        Description = "Continue even if applied modules are missing from the drop folder.",
    };

    private readonly Option<bool> _allowChanged = new("--allow-changed")
    {
        Description = "Continue even if applied modules have changed since.",
    };

    private readonly Option<bool> _allowOutOfOrder = new("--allow-out-of-order")
    {
        Description = "Run modules that arrived after newer modules were applied.",
    };

    private readonly Option<string> _atomic = new("--atomic")
    {
        Description = "step (default): one transaction for each step; instance: one transaction for all steps of an instance.",
        HelpName = "WHAT",
    };

    public GoalOptions()
    {
        _atomic.OneOf("step", "instance");
        _order.OneOf("version-by-version", "installation-first");
    }

    private static Problem InstallationAlone() => new("KU-1103", "--installation-only",
        "This option excludes all instances, but instances are named.", "Leave out the option or the names.");

    /// <summary>For every verb with <c>--installation-only</c>: the option and the names of instances exclude each other.</summary>
    public static void CheckInstallationAlone(VerbContext context, bool installationOnly, InstanceFilter instances)
    {
        if (installationOnly && (instances.OnlyInstances || instances.Excluded.Count > 0)) context.Problems.Add(InstallationAlone());
    }

    public IReadOnlyList<Option> All =>
    [
        _from, _to, _recordOnly, _order, _atomic, _skipInstallation, _installationOnly,
        _allowMissing, _allowChanged, _allowOutOfOrder,
    ];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    public Goal Read(VerbContext context, InstanceFilter choice)
    {
        var goal = new Goal
        {
            From = context.Version("--from", context.Value(_from)),
            To = context.Version("--to", context.Value(_to)),
            RecordOnly = context.Value(_recordOnly),
            Order = context.Value(_order) == "installation-first" ? StepOrder.InstallationFirst : StepOrder.VersionByVersion,
            OnlyInstances = choice.OnlyInstances,
            SkipInstallation = context.Value(_skipInstallation),
            InstallationOnly = context.Value(_installationOnly),
            AllowMissing = context.Value(_allowMissing),
            AllowChanged = context.Value(_allowChanged),
            AllowOutOfOrder = context.Value(_allowOutOfOrder),
            Atomic = context.Value(_atomic) == "instance",
        };
        CheckInstallationAlone(context, goal.InstallationOnly, choice);
        if (goal is { RecordOnly: true, To: null } && context.Value(_to) is null)
            context.Problems.Add(new Problem("KU-1114", "--record-only",
                "It records the version that --to names, but --to is missing.", "Add --to VERSION."));
        if (goal.SkipInstallation && !choice.OnlyInstances)
            context.Problems.Add(new Problem("KU-1104", "--skip-installation",
                "It needs the names of instances; without names, the installation is upgraded first.",
                "Name the instances, or leave out the option."));
        return goal;
    }
}
