using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Instances;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What every verb receives: the command line, the settings, the output, and the stop signals.</summary>
public sealed class VerbContext(ParseResult parsed, SharedOptions shared, Output output, StopSignals signals)
    : IAudience, IAsyncDisposable
{
    private (HostSettings Settings, IReadOnlyList<Problem> Problems)? _read;
    private Flow? _flow;

    public Output Output => output;

    /// <summary>A warning at the end, if an embedded server could not be stopped.</summary>
    public IEnumerable<Problem> LeftRunning => Problem.Optional(_flow?.LeftRunning);

    public StopSignals Signals => signals;

    /// <summary>Whether something may have been changed. Until then, every failure is a refusal.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the line that names the servers is a result: true for verbs that only show.</summary>
    public bool IsResult { get; set; }

    /// <summary>Reads, plans and runs the verb's use case.</summary>
    public Flow Flow => _flow ??= new Flow(
        Settings, SettingsProblems, new RunIdentity(RunId, TimeProvider.System), this, signals.Stop, signals.Abort);

    public bool MayAsk => Question.MayAsk;

    public bool HasAgreed => Value(shared.Yes);

    public Task<bool> ConfirmsAsync(string question, bool isGrave) => isGrave
        ? Question.ConfirmedAsync(output, question, signals.Stop) : Question.AgreedAsync(output, question, signals.Stop);

    public void OnRead(InstallationState state)
    {
        output.Servers = state.Servers;
        foreach (var database in state.Targets.Select(one => one.Target.Database).Distinct()) output.Secrets.AddFrom(database);
    }

    public void OnWarnings(IEnumerable<Problem> problems)
    {
        output.NameServers(IsResult);
        output.Warn(problems);
    }

    public void OnBegin()
    {
        HasBegun = true;
        signals.OnBegin();
    }

    /// <summary>For psql, which writes to standard output itself and handles Ctrl-C.</summary>
    public void LeaveTerminalToChild()
    {
        signals.LeaveTerminalToChild();
        StandardStreams.GiveBack();
    }

    public Guid RunId { get; } = Guid.CreateVersion7();

    public T? Value<T>(Option<T> option) => parsed.GetResult(option) is null ? default : parsed.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parsed.GetResult(argument) is null ? default : parsed.GetValue(argument);

    /// <summary>The names of the options that the user has typed.</summary>
    public IEnumerable<string> Given(IEnumerable<Option> options) =>
        options.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    public HostSettings Settings => Read().Settings;

    /// <summary>The installation's root directory, as the user named it.</summary>
    public string Root => shared.RootOf(parsed);

    /// <summary>Mistakes in the command line beyond its syntax. Reported together with all other problems.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>Mistakes in the settings.</summary>
    public IReadOnlyList<Problem> SettingsProblems => Read().Problems;

    private (HostSettings Settings, IReadOnlyList<Problem> Problems) Read()
    {
        if (_read is { } known) return known;
        var read = shared.ReadSettings(parsed);
        output.Secrets.AddFrom(read.Settings.Installation.Database);
        foreach (var own in read.Settings.Instances.Select(instance => instance.Database).OfType<string>()) output.Secrets.AddFrom(own);
        _read = read;
        return read;
    }

    /// <summary>Parses the version of an option or argument; adds a problem if it is not a version.</summary>
    public UpgradeVersion? Version(string name, string? text)
    {
        if (text is null) return null;
        if (UpgradeVersion.TryParse(text, out var version)) return version;
        Problems.Add(new Problem("KU-1102", $"{name} {text}",
            "This is not a version.", "Write whole numbers with dots between them, such as 1.004 or V1_004."));
        return null;
    }

    /// <summary>Reads the versions and journals of the targets, for verbs that change nothing.</summary>
    /// <exception cref="UpgradeException">The settings have errors. Errors of the drop folder are included.</exception>
    public Task<InstallationState> ReadAsync(InstanceFilter instances) => Flow.ReadAsync(new InstallationQuestion(instances, Problems));

    /// <summary>Stops the embedded server, if it was used.</summary>
    public ValueTask DisposeAsync() => _flow?.DisposeAsync() ?? ValueTask.CompletedTask;
}
