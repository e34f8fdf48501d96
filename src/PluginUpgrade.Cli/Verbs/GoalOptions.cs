using System.CommandLine;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The options that say where to and what may be overridden; the same for upgrade, plan and check.</summary>
public sealed class GoalOptions
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "Where the targets stand (default: what their journals say). Excluded.",
        HelpName = "V",
    };

    private readonly Option<string> _to = new("--to")
    {
        Description = "Where to take them (default: the newest module's version). Included.",
        HelpName = "V",
    };

    private readonly Option<bool> _recordOnly = new("--record-only")
    {
        Description = "Run nothing: only record --to, which may be a release without a module.",
    };

    private readonly Option<string> _order = new("--order")
    {
        Description = "version-by-version (default), or installation-first.",
        HelpName = "ORDER",
    };

    private readonly Option<bool> _skipInstallation = new("--skip-installation")
    {
        Description = "Upgrade named instances although an installation step before theirs has not run; recorded in the journal.",
    };

    private readonly Option<bool> _installationOnly = new("--installation-only") { Description = "The installation and no instance." };

    private readonly Option<bool> _allowMissing = new("--allow-missing")
    {
        Description = "Go on although applied modules are not in the drop folder.",
    };

    private readonly Option<bool> _allowChanged = new("--allow-changed")
    {
        Description = "Go on although applied modules have changed since.",
    };

    private readonly Option<bool> _allowOutOfOrder = new("--allow-out-of-order")
    {
        Description = "Run modules that arrived after newer ones were applied.",
    };

    private readonly Option<string> _atomic = new("--atomic")
    {
        Description = "step (default): each step is a transaction; instance: all of an instance's steps are one.",
        HelpName = "WHAT",
    };

    public GoalOptions()
    {
        _atomic.AcceptOnlyFromAmong("step", "instance");
        _order.AcceptOnlyFromAmong("version-by-version", "installation-first");
    }

    public static Problem InstallationAlone() => new("KU-1103", "--installation-only",
        "Instances are named, and none is meant.", "Leave out one or the other.");

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _from, _to, _recordOnly, _order, _atomic, _skipInstallation, _installationOnly,
            _allowMissing, _allowChanged, _allowOutOfOrder,
        ];
        foreach (var option in options) command.Add(option);
    }

    public Goal Read(VerbContext context, Choice choice)
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
        if (goal.InstallationOnly && (choice.OnlyInstances || choice.Excluded.Count > 0))
            context.Problems.Add(InstallationAlone());
        if (goal is { RecordOnly: true, To: null } && context.Value(_to) is null)
            context.Problems.Add(new Problem("KU-1114", "--record-only",
                "It records the version that --to names, and none is named.", "Say --to VERSION too."));
        if (goal.SkipInstallation && !choice.OnlyInstances)
            context.Problems.Add(new Problem("KU-1104", "--skip-installation",
                "It needs the names of instances: without them the installation is upgraded first.",
                "Name the instances, or leave the option out."));
        return goal;
    }
}
