using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Journals;
using PluginUpgrade.Steps;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Planning;

/// <summary>
/// A plan as a file: what was reviewed, so that exactly that is run. It says what was asked for, which modules it runs (with their
/// hashes), each target's version, and every step. It holds no password.
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

    /// <summary>Of krang-upgrade, which planned it.</summary>
    public required string Program { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    public required PlanRequest Request { get; init; }

    public required IReadOnlyList<PlannedModule> Modules { get; init; }

    public required IReadOnlyList<PlannedTarget> Targets { get; init; }

    public required IReadOnlyList<PlannedStage> Stages { get; init; }

    /// <param name="program">Version of krang-upgrade.</param>
    /// <param name="versions">The product's version of each target; null where nobody can say.</param>
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
                new PlannedModule(module.Name, module.Component, module.Version.Text, module.Sha256))],
            Targets = [.. versions.Where(one => planned.Contains((one.Target.Scope, one.Target.Name))).Select(one => new PlannedTarget(
                one.Target.Scope, one.Target.Name, one.Target.Server, one.Target.DatabaseName, one.Target.Schema, one.Version?.Text))],
            Stages = [.. plan.Stages.Select(stage => new PlannedStage(stage.Name,
                [.. stage.Lanes.GroupBy(lane => lane.Actions).Select(lanes => new PlannedLane(
                    [.. lanes.Select(lane => PlannedTarget.Key(lane.Target.Scope, lane.Target.Name))],
                    [.. lanes.Key.Select(PlannedStep.Of)]))]))],
        };
    }

    public string Text() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="IOException">It cannot be read, or is no file.</exception>
    /// <exception cref="FormatException">It is no plan, or one of another format.</exception>
    public static PlanFile Read(string path) => Parse(RegularFile.ReadAllText(path));

    /// <exception cref="FormatException">It is no plan, or one of another format.</exception>
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
public sealed record PlannedModule(string Name, string Component, string Version, string Sha256);

/// <param name="Version">The product's there when it was planned; null where nobody could say.</param>
public sealed record PlannedTarget(Scope Scope, string Name, string Server, string Database, string Schema, string? Version)
{
    /// <summary>As lanes name it: an instance may be called like the installation.</summary>
    public static string Key(Scope scope, string name) => scope == Scope.Installation ? "installation" : $"instance {name}";
}

public sealed record PlannedStage(string Name, IReadOnlyList<PlannedLane> Lanes);

/// <param name="Targets">They do the same.</param>
public sealed record PlannedLane(IReadOnlyList<string> Targets, IReadOnlyList<PlannedStep> Steps);

/// <param name="Module">Empty where no module is run.</param>
/// <param name="Sha256">Of the module or the payload; empty where there is none.</param>
public sealed record PlannedStep(string Kind, string Component, string Version, string Module, string Sha256, string Note)
{
    public static PlannedStep Of(StepAction action) => new(
        action.Kind, action.Component, action.Version.Text, action.Entry?.Module ?? "", action.Entry?.Sha256 ?? "",
        action.Entry?.Note ?? action.Summary);

    /// <summary>A step that the journal keeps: others have no end that could be looked up.</summary>
    public bool IsRecorded => Kind != nameof(CheckGate);

    /// <summary>Whether the journal has it as done, by this module.</summary>
    public bool IsDoneIn(IReadOnlyList<JournalRow> rows) => UpgradeVersion.TryParse(Version, out var version) && rows.Any(row =>
        row.Component == Component && row.Version == version && row.Sha256 == Sha256
        && row.State is StepState.Done or StepState.Baseline);

    public override string ToString() => (Component.Length > 0 ? $"{Component} " : "") + Version;
}
