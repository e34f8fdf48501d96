using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Tests.Planning;

/// <summary>Modules, targets and journals for planning, without files and databases.</summary>
internal static class Fleet
{
    public static UpgradeVersion V(string text) => UpgradeVersion.Parse(text);

    /// <param name="hooks">i: an installation step; n: an instance step; b: builds beside the live data.</param>
    public static UpgradeModule Module(string version, string hooks = "n", string component = "") => new()
    {
        Component = component,
        Version = V(version),
        Name = $"V{version.Replace('.', '_')}",
        TypeName = $"V{version.Replace('.', '_')}",
        File = $"/upgrade/{component}{version}.dll",
        Sha256 = $"sha of {component} {V(version).Key}",
        HasInstallationStep = hooks.Contains('i'),
        HasInstanceStep = hooks.Contains('n'),
        BuildsBeside = hooks.Contains('b'),
    };

    public static Target Target(string name) => new()
    {
        Scope = name == "installation" ? Scope.Installation : Scope.Instance,
        Name = name,
        Database = "Host=nowhere",
        Schema = name,
        Server = "nowhere:5432",
        DatabaseName = "none",
    };

    public static TargetProgress Empty(string name) => new(Target(name), [], SchemaIsEmpty: true);

    public static TargetProgress WithTables(string name, params JournalRow[] rows) => new(Target(name), rows, SchemaIsEmpty: false);

    /// <summary>A target whose journal has these modules as done.</summary>
    public static TargetProgress With(string name, params UpgradeModule[] done) => WithTables(name, [.. done.Select(Done)]);

    public static JournalRow Done(UpgradeModule module) => new()
    {
        Scope = Scope.Instance,
        Component = module.Component,
        Version = module.Version,
        Module = module.Name,
        Sha256 = module.Sha256,
        State = StepState.Done,
        ByHand = false,
        Counts = true,
    };

    public static JournalRow ByHand(UpgradeModule module) => Done(module) with { ByHand = true, Counts = false };

    public static JournalRow Baseline(string version, string note = "baseline") =>
        Done(Module(version)) with { Module = "", Sha256 = "", State = StepState.Baseline, Note = note };

    /// <summary>The steps as text, a string a stage: <c>acme 1.002 1.003 | globex 1.003</c>.</summary>
    public static string[] Shown(Plan plan) =>
    [
        .. plan.Stages.Select(stage => string.Join(" | ", stage.Lanes.Select(lane =>
            $"{lane.Target} {string.Join(' ', lane.Steps.Select(Shown))}"))),
    ];

    private static string Shown(UpgradeStep step) =>
        $"{(step.Action is RecordVersion ? "=" : "")}{step.Component}{step.Version}{(step.Action as SideBySideAction)?.Part}";

    public static string[] Codes(IReadOnlyList<Problem> problems) =>
        [.. problems.Where(p => p.Severity == Severity.Error).Select(p => p.Code).Order()];

    /// <summary>The targets after the plan was carried out.</summary>
    public static TargetProgress After(TargetProgress target, Plan plan)
    {
        var rows = plan.Steps.Where(step => step.Target.Name == target.Target.Name && step.Target.Scope == target.Target.Scope)
            .Where(step => step.Action.Entry is not null)
            .Select(step => step.Action.Runs is { } module ? Done(module) : Baseline(step.Version.Text, step.Entry.Note));
        return target with { Rows = [.. target.Rows, .. rows], SchemaIsEmpty = false };
    }
}
