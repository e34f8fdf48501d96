using PluginUpgrade.Instances;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Planning;

/// <summary>What was asked for. With the same journals and drop folder, it gives the same plan.</summary>
public sealed record PlanRequest
{
    public IReadOnlyList<string> Instances { get; init; } = [];

    public IReadOnlyList<string> Labels { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public bool OnlyFailed { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    public bool RecordOnly { get; init; }

    public StepOrder Order { get; init; }

    public bool Atomic { get; init; }

    public bool InstallationOnly { get; init; }

    public bool SkipInstallation { get; init; }

    public bool SkipUnreachable { get; init; }

    public bool AllowMissing { get; init; }

    public bool AllowChanged { get; init; }

    public bool AllowOutOfOrder { get; init; }

    /// <summary>What is saved before the first step.</summary>
    public required SaveRule Save { get; init; }

    public static PlanRequest Of(InstanceFilter filter, Goal goal, bool skipUnreachable, SaveRule save) => new()
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

    public InstanceFilter Filter() => new()
    {
        Names = Instances,
        Labels = Labels,
        Excluded = Exclude,
        OnlyFailed = OnlyFailed,
    };

    /// <summary>The request as command-line words, each after a blank, for a command that plans it again.</summary>
    public string Words()
    {
        List<string> words = [];
        if (From is not null) words.AddRange(["--from", From]);
        if (To is not null) words.AddRange(["--to", To]);
        (string Option, bool Given)[] options =
        [
            ("--record-only", RecordOnly), ("--installation-only", InstallationOnly),
            ("--skip-installation", SkipInstallation), ("--skip-unreachable", SkipUnreachable), ("--allow-missing", AllowMissing),
            ("--allow-changed", AllowChanged), ("--allow-out-of-order", AllowOutOfOrder), ("--save", Save == SaveRule.Always),
            ("--no-save", Save == SaveRule.Never), ("--order=installation-first", Order == StepOrder.InstallationFirst),
            ("--atomic=instance", Atomic),
        ];
        words.AddRange(options.Where(one => one.Given).Select(one => one.Option));
        return $"{Filter().Words()}{string.Concat(words.Select(word => $" {NextCommand.Quote(word)}"))}";
    }

    /// <exception cref="FormatException">A version is not valid.</exception>
    public Goal Goal() => new()
    {
        From = Version(From),
        To = Version(To),
        RecordOnly = RecordOnly,
        Order = Order,
        OnlyInstances = Filter().OnlyInstances,
        SkipInstallation = SkipInstallation,
        InstallationOnly = InstallationOnly,
        AllowMissing = AllowMissing,
        AllowChanged = AllowChanged,
        AllowOutOfOrder = AllowOutOfOrder,
        Atomic = Atomic,
    };

    private static UpgradeVersion? Version(string? text) => text is null ? null : UpgradeVersion.Parse(text);
}
