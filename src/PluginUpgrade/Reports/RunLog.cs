using System.Globalization;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Steps;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace PluginUpgrade.Reports;

/// <summary>
/// The log file of one run, in <c>data/upgrade-logs/</c> of the root: its events, one JSON object on each line (CLEF), written as they
/// happen. Another process can follow them, and a report can be made after a crash. docs/events.md lists all events. The newest files are
/// kept.
/// </summary>
public sealed class RunLog : IRunReport, IDisposable
{
    /// <summary>Written in the first line. Properties may be added to a format, but none is removed or changed.</summary>
    public const string Format = "krang-upgrade events, format 1";

    /// <summary>The limit of the file's size, in bytes.</summary>
    public const long Most = 1L << 30;

    private const long RoomForTheEnd = 1 << 20;

    private readonly Lazy<Serilog.Core.Logger> _opened;
    private readonly PrintableFormatter _lines;
    private readonly long _most;
    private string _event = "";
    private LogDirectory? _directory;
    private bool _closed;

    /// <summary>Creates nothing before the run's first event: a refused run leaves no file.</summary>
    /// <param name="redact">Removes secrets from a text.</param>
    /// <param name="most">How large the file may become.</param>
    public RunLog(string root, Guid runId, DateTimeOffset now, int keep, Func<string, string> redact, long most = Most)
    {
        (_lines, _most) = (new PrintableFormatter(new RedactingFormatter(redact)), most);
        var directory = Path.Combine(root, "data", "upgrade-logs");
        File = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd'T'HHmmss'Z'}-{runId:N}.jsonl"));
        _opened = new Lazy<Serilog.Core.Logger>(() => Open(directory, keep));
    }

    public string File { get; }

    private Serilog.ILogger Log => _opened.Value.ForContext("Event", _event);

    /// <summary>How many lines were left out because the file is large.</summary>
    public long LeftOut { get; private set; }

    private Serilog.Core.Logger Open(string directory, int keep)
    {
        _directory = LogDirectory.Open(directory);
        _directory.RemoveOld(keep - 1);
        return new LoggerConfiguration().MinimumLevel.Verbose()
            .WriteTo.File(_lines, _directory.MakeFile(Path.GetFileName(File)), fileSizeLimitBytes: _most + RoomForTheEnd)
            .CreateLogger();
    }

    public void On(UpgradeEvent happened)
    {
        if (_lines.Bytes > RoomFor(happened))
        {
            if (LeftOut++ == 0) WriteFull();
            return;
        }
        _event = happened.GetType().Name;
        switch (happened)
        {
            case UpgradeEvent.RunStarted e:
                Log.ForContext(nameof(Format), Format)
                    .ForContext("Program", ProgramVersion.Text)
                    .ForContext("By", Operator.Name)
                    .ForContext("Host", Environment.MachineName)
                    .ForContext("Targets", e.Plan.Lanes.Select(lane => lane.Target).Distinct().Count())
                    .ForContext("Plan", e.Plan.Stages.Select(stage => new
                    {
                        stage.Name,
                        Targets = stage.Lanes.Count,
                        Steps = stage.Lanes.Sum(lane => lane.Count),
                    }).ToList(), destructureObjects: true)
                    .Information("Run {Run} started: {Stages} stages, {Steps} steps, dry run {DryRun}",
                        e.RunId, e.Plan.Stages.Count, e.Plan.Lanes.Sum(lane => lane.Count), e.IsDryRun);
                break;
            // The other events of a save come before it is certain that there will be a run: a refused one leaves no log.
            case UpgradeEvent.SaveTold { Save: SaveEvent.Finished e }:
                Log.Information("Saved {Targets} targets before the run, {Bytes} bytes: {Save}",
                    e.Manifest.Targets.Count, e.Manifest.Bytes, e.Folder);
                break;
            case UpgradeEvent.SaveTold: break;
            case UpgradeEvent.StageStarted e:
                Log.Information("Stage {Number} of {Count} started: {Stage}", e.Number, e.Count, e.Stage.Name);
                break;
            case UpgradeEvent.LaneStarted e:
                Of(e.Lane.Target)
                    .ForContext("VersionBefore", $"{e.Lane.Actions[0].PlannedAt ?? e.Lane.Actions[0].Range.From}")
                    .ForContext("Steps", e.Lane.Count)
                    .Debug("Lane started: {Server}, database {Database}, schema {Schema}",
                        e.Lane.Target.Server, e.Lane.Target.DatabaseName, e.Lane.Target.Schema);
                break;
            case UpgradeEvent.StepStarted e: Of(e.Step).Debug("{Step} started", $"{e.Step}"); break;
            case UpgradeEvent.StepProgressed e:
                Of(e.Step).Verbose("{Step} progressed: {Done} of {Total}", $"{e.Step}", e.Done, e.Total);
                break;
            case UpgradeEvent.StepLogged e: Of(e.Step).Write(Level(e.Level), "{Step} says: {Message}", $"{e.Step}", e.Message); break;
            case UpgradeEvent.StatementSent e: Of(e.Step).Debug("{Step} sent: {Sql}", $"{e.Step}", e.Sql); break;
            case UpgradeEvent.StepRetried e:
                Of(e.Step).ForContext("SqlState", e.SqlState)
                    .Warning("{Step}: attempt {Attempt}, because: {Reason}", $"{e.Step}", e.Attempt, e.Reason);
                break;
            case UpgradeEvent.StepSkipped e: Of(e.Step).Information("{Step} skipped: {Reason}", $"{e.Step}", e.Reason); break;
            case UpgradeEvent.StepSucceeded e:
                Of(e.Step).Information("{Step} succeeded in {Seconds} s", $"{e.Step}", e.Duration.TotalSeconds);
                break;
            case UpgradeEvent.StepFailed e:
                Of(e.Step).ForContext("Remedy", e.Problem.Remedy).ForContext("SqlState", SqlErrors.StateOf(e.Cause))
                    .ForContext("Seconds", e.Duration.TotalSeconds)
                    .Error(e.Cause, "{Code} {Step} failed: {Problem}", e.Problem.Code, $"{e.Step}", e.Problem.Message);
                break;
            case UpgradeEvent.StepCancelled e: Of(e.Step).Warning("{Step} cancelled and rolled back", $"{e.Step}"); break;
            case UpgradeEvent.StepRolledBack e: Of(e.Step).Warning("{Step} rolled back with {Failed}", $"{e.Step}", $"{e.Failed}"); break;
            case UpgradeEvent.LaneFailed e:
                Of(e.Lane.Target).ForContext("Remedy", e.Problem.Remedy)
                    .Error("{Code} {Lane} failed: {Problem}", e.Problem.Code, $"{e.Lane.Target}", e.Problem.Message);
                break;
            case UpgradeEvent.LaneFinished e:
                Of(e.Lane.Target).Debug("Lane finished: {Done} done, {Skipped} skipped, {Left} left",
                    e.Outcome.Done, e.Outcome.Skipped, e.Outcome.Left);
                break;
            case UpgradeEvent.LaneHeldBack e: Of(e.Lane.Target).Warning("{Lane} was not started", $"{e.Lane.Target}"); break;
            case UpgradeEvent.StageHeldBack e: Log.Warning("Stage not started: {Stage}", e.Stage.Name); break;
            case UpgradeEvent.HookStarted e: Log.Information("Hook {Hook} started: {Command}", e.Name, e.Hook.Command); break;
            case UpgradeEvent.HookEnded { Problem: { } problem } e:
                Log.ForContext("Remedy", problem.Remedy).ForContext("Seconds", e.Duration.TotalSeconds)
                    .Error("{Code} hook {Hook} failed: {Problem}", problem.Code, e.Name, problem.Message);
                break;
            case UpgradeEvent.HookEnded e: Log.Information("Hook {Hook} ended in {Seconds} s", e.Name, e.Duration.TotalSeconds); break;
            case UpgradeEvent.RunFinished { Outcome: var o }:
                Log.ForContext("Failed", o.Failed.Count).ForContext("Stopped", o.Stopped).ForContext(nameof(LeftOut), LeftOut)
                    .Information("Run {Run} finished, exit code {ExitCode}: {Done} done, {Skipped} skipped, {Left} left, in {Seconds} s",
                    o.RunId, o.ExitCode, o.Done, o.Skipped, o.Left, o.Duration.TotalSeconds);
                break;
            default: throw new System.Diagnostics.UnreachableException($"{happened.GetType().Name} is not reported.");
        }
    }

    /// <summary>What modules write is left out first, then what succeeds. There is always room for failures and the run's end.</summary>
    private long RoomFor(UpgradeEvent happened) => happened switch
    {
        UpgradeEvent.StepProgressed or UpgradeEvent.StepLogged or UpgradeEvent.StatementSent => _most / 4 * 3,
        UpgradeEvent.LaneStarted or UpgradeEvent.LaneFinished or UpgradeEvent.StepStarted or UpgradeEvent.StepSucceeded => _most / 8 * 7,
        UpgradeEvent.RunFinished => long.MaxValue,
        _ => _most,
    };

    private void WriteFull()
    {
        _event = "LogFull";
        Log.Warning("The log is large ({Bytes} bytes). From here on the log omits modules' lines, and later successful steps.",
            _lines.Bytes);
    }

    private Serilog.ILogger Of(Target target) => Log.ForContext("Target", $"{target}").ForContext("Scope", $"{target.Scope}");

    private Serilog.ILogger Of(UpgradeStep step) => Of(step.Target).ForContext("Version", $"{step.Version}")
        .ForContext("Module", step.Action.Entry?.Module ?? step.Action.Runs?.Name ?? "").ForContext("Component", step.Component)
        .ForContext("Kind", step.Action.Kind);

    /// <summary>Writes what is still buffered.</summary>
    /// <exception cref="IOException">It cannot be written, for example because the disk is full.</exception>
    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        using var directory = _directory;
        if (_opened.IsValueCreated) _opened.Value.Dispose();
    }

    private static LogEventLevel Level(LogLevel level) => level switch
    {
        LogLevel.Trace => LogEventLevel.Verbose,
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Warning => LogEventLevel.Warning,
        LogLevel.Error => LogEventLevel.Error,
        LogLevel.Critical => LogEventLevel.Fatal,
        _ => LogEventLevel.Information,
    };

    private sealed class RedactingFormatter(Func<string, string> redact) : Serilog.Formatting.ITextFormatter
    {
        private readonly RenderedCompactJsonFormatter _json = new();

        public void Format(LogEvent logEvent, TextWriter output) => _json.Format(Redacted(logEvent), output);

        /// <summary>
        /// Redacts before texts are quoted and escaped, in the message and again in JSON: afterwards secrets would not be recognised. This
        /// way the result is valid JSON, whatever the password is.
        /// </summary>
        private LogEvent Redacted(LogEvent e) => new(
            e.Timestamp, e.Level, e.Exception is null ? null : new RedactedException(redact($"{e.Exception}")), e.MessageTemplate,
            e.Properties.Select(property => new LogEventProperty(property.Key,
                property.Value is ScalarValue { Value: string text } ? new ScalarValue(redact(text)) : property.Value)));

        private sealed class RedactedException(string text) : Exception
        {
            public override string ToString() => text;
        }
    }
}
