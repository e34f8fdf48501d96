using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Journals;
using PluginUpgrade.Steps;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Planning;

/// <summary>
/// A plan as a file, so that exactly what was reviewed is run. It holds the request, the modules with their hashes, each target's version,
/// and every step. It holds no password.
/// </summary>
public sealed record PlanFile
{
    public const string CurrentFormat = "krang-upgrade plan, format 1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new WordConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Format { get; init; }

    /// <summary>The version of krang-upgrade that made the plan.</summary>
    public required string Program { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    public required PlanRequest Request { get; init; }

    public required IReadOnlyList<PlannedModule> Modules { get; init; }

    public required IReadOnlyList<PlannedTarget> Targets { get; init; }

    public required IReadOnlyList<PlannedStage> Stages { get; init; }

    /// <param name="program">The version of krang-upgrade.</param>
    /// <param name="versions">The product's version of each target; null where it is unknown.</param>
    public static PlanFile Of(
        Plan plan, PlanRequest request, string program, DateTimeOffset at, IReadOnlyList<(Target Target, UpgradeVersion? Version)> versions)
    {
        var planned = plan.Lanes.Select(lane => (lane.Target.Scope, lane.Target.Name)).ToHashSet();
        return new PlanFile
        {
            Format = CurrentFormat,
            Program = program,
            MadeAt = at,
            Request = request,
            Modules = [.. plan.Modules.Select(module =>
                new PlannedModule(module.Name, module.Component, module.Version.Text, module.Sha256)
                {
                    SideBySide = module.BuildsBeside ? new PlannedBuild(!module.CatchesUp, module.Carries) : null,
                })],
            Targets = [.. versions.Where(one => planned.Contains((one.Target.Scope, one.Target.Name))).Select(one => new PlannedTarget(
                one.Target.Scope, one.Target.Name, one.Target.Server, one.Target.DatabaseName, one.Target.Schema, one.Version?.Text))],
            Stages = [.. plan.Stages.Select(stage => new PlannedStage(stage.Name,
                [.. stage.Lanes.GroupBy(lane => lane.Actions).Select(lanes => new PlannedLane(
                    [.. lanes.Select(lane => PlannedTarget.Key(lane.Target.Scope, lane.Target.Name))],
                    [.. lanes.Key.Select(PlannedStep.Of)]))]))],
        };
    }

    public string Text() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="IOException">The file cannot be read, or is not a regular file.</exception>
    /// <exception cref="FormatException">It is not a plan, or has another format.</exception>
    public static PlanFile Read(string path) => Parse(RegularFile.ReadAllText(path));

    /// <exception cref="FormatException">It is not a plan, or has another format.</exception>
    public static PlanFile Parse(string text)
    {
        PlanFile? read;
        try
        {
            read = JsonSerializer.Deserialize<PlanFile>(text, Json);
        }
        catch (JsonException e)
        {
            throw new FormatException($"It is not a plan of krang-upgrade ({e.Path ?? "$"}).", e);
        }
        if (read is null) throw new FormatException("It is empty.");
        return read.Format == CurrentFormat ? read : throw new FormatException($"Its format is '{Printable.Line(read.Format)}'.");
    }
}

/// <param name="Sha256">In lower-case hexadecimal.</param>
public sealed record PlannedModule(string Name, string Component, string Version, string Sha256)
{
    /// <summary>Left out for all other modules.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PlannedBuild? SideBySide { get; init; }
}

/// <summary>What readers of a plan must know of a side-by-side module.</summary>
/// <param name="WritersWait">From the build to the swap; otherwise during the swap only.</param>
/// <param name="Carries">The tables that are moved at the swap.</param>
public sealed record PlannedBuild(bool WritersWait, IReadOnlyList<string> Carries);

/// <param name="Version">The product's version of the target at planning time; null where it was unknown.</param>
public sealed record PlannedTarget(Scope Scope, string Name, string Server, string Database, string Schema, string? Version)
{
    /// <summary>The target's name in lanes. The prefix distinguishes an instance that has the installation's name.</summary>
    public static string Key(Scope scope, string name) => scope == Scope.Installation ? "installation" : $"instance {name}";
}

public sealed record PlannedStage(string Name, IReadOnlyList<PlannedLane> Lanes);

/// <param name="Targets">Targets with the same work.</param>
public sealed record PlannedLane(IReadOnlyList<string> Targets, IReadOnlyList<PlannedStep> Steps);

/// <param name="Module">Empty where the action runs or installs nothing.</param>
/// <param name="Sha256">Of the module or the payload; empty where there is none.</param>
public sealed record PlannedStep(string Kind, string Component, string Version, string Module, string Sha256, string Note)
{
    public static PlannedStep Of(StepAction action) => new(
        action.Kind, action.Component, action.Version.Text, action.Entry?.Module ?? "", action.Entry?.Sha256 ?? "",
        action.Entry?.Note ?? action.Summary);

    /// <summary>Whether the journal records the step. Other steps cannot be looked up later.</summary>
    public bool IsRecorded => Kind is not (nameof(CheckGate) or nameof(DrainLive) or nameof(BuildBeside) or nameof(VerifyBuild));

    /// <summary>Whether the journal has the step as done, with the same hash.</summary>
    public bool IsDoneIn(IReadOnlyList<JournalRow> rows) => UpgradeVersion.TryParse(Version, out var version) && rows.Any(row =>
        row.Component == Component && row.Version == version && row.Sha256 == Sha256
        && row.State is StepState.Done or StepState.Baseline);

    public override string ToString() => (Component.Length > 0 ? $"{Component} " : "") + Version;
}
