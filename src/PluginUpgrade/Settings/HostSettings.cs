using Microsoft.Extensions.Configuration;

namespace PluginUpgrade.Settings;

/// <summary>What the user configured, validated. Paths are absolute.</summary>
public sealed record HostSettings
{
    public required string Root { get; init; }

    public required InstallationSettings Installation { get; init; }

    /// <summary>By name, in the order of names.</summary>
    public required IReadOnlyList<InstanceSettings> Instances { get; init; }

    /// <summary>
    /// Reads more instances from the installation's database: columns <c>name</c>, <c>schema</c>, <c>database</c>, <c>labels</c>.
    /// </summary>
    public string? DiscoverQuery { get; init; }

    /// <summary>Servers besides the installation's that discovered rows may lead to, as HOST or HOST:PORT.</summary>
    public IReadOnlyList<string> DiscoverServers { get; init; } = [];

    public required RunSettings Run { get; init; }

    /// <summary>What of the root a payload never overwrites and never removes, as globs.</summary>
    public required IReadOnlyList<string> PayloadKeep { get; init; }

    public CheckSettings Check { get; init; } = new();

    public OperatorHooks Hooks { get; init; } = OperatorHooks.None;

    /// <summary>Modules are loaded although other users could change them. Given on the command line alone.</summary>
    public bool AllowInsecureModules { get; init; }

    /// <summary>Whether failures are told with the server's DETAIL, which holds data. Given on the command line alone.</summary>
    public bool ErrorDetail { get; init; }

    /// <summary>How many log files are kept, the newest.</summary>
    public required int KeepLogs { get; init; }

    public required SaveSettings Save { get; init; }

    /// <summary>Where PostgreSQL's programs are; null: looked for.</summary>
    public string? PostgresBin { get; init; }

    /// <summary>Where modules are copied to before they are loaded; null: where temporary files are.</summary>
    public string? ModuleCopies { get; init; }

    /// <summary>The modules' own sections, by class name.</summary>
    public required IConfiguration Modules { get; init; }
}

/// <param name="Database">An Npgsql connection string; null for the embedded server, or where none is configured.</param>
/// <param name="Modules">The drop folder.</param>
/// <param name="Payload">Where new program files lie.</param>
public sealed record InstallationSettings(string Name, string? Database, string Schema, string Modules, string Payload)
{
    /// <summary>Whether a server of the installation's own is wanted; null: nothing says so, or says otherwise.</summary>
    public bool? Embedded { get; init; }
}

/// <param name="Database">What differs from the installation's connection string; null: its database.</param>
/// <param name="Schema">Null: <c>public</c>.</param>
public sealed record InstanceSettings(
    string Name, string? Database, string? Schema, IReadOnlyDictionary<string, string> Labels, bool Active = true)
{
    public static IReadOnlyDictionary<string, string> NoLabels { get; } = new Dictionary<string, string>();
}

/// <param name="Directory">Where saves lie.</param>
/// <param name="SchemasPerArchive">How many schemas of one database go into one archive, at most.</param>
public sealed record SaveSettings(string Directory, int SchemasPerArchive);

/// <summary>Which targets of an upgrade are saved before it.</summary>
public enum SaveRule
{
    /// <summary>Those that a pending step could harm for good.</summary>
    Auto,

    /// <summary>All that a module runs on.</summary>
    Always,

    Never,
}

/// <summary>When an upgrade asks before it begins.</summary>
public enum AskRule
{
    /// <summary>
    /// On a terminal each upgrade with something to do; before a step that is declared irreversible also elsewhere, where only
    /// <c>--yes</c> answers.
    /// </summary>
    Irreversible,

    /// <summary>Each upgrade, also where there is no terminal and only <c>--yes</c> answers.</summary>
    Always,

    Never,
}

public sealed record RunSettings
{
    /// <summary>How many lanes run side by side.</summary>
    public required int Parallel { get; init; }

    /// <summary>How many of them on one server.</summary>
    public required int PerServer { get; init; }

    /// <summary>How long a statement waits for a lock, and krang-upgrade for a target that another process holds.</summary>
    public required TimeSpan LockTimeout { get; init; }

    /// <summary>How long a connection attempt may take.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long a server that is started again, or full, is waited for.</summary>
    public required TimeSpan ReconnectWithin { get; init; }

    /// <summary>After how long without a word the other end is asked whether it is still there.</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>How long a step may take; null: for ever.</summary>
    public TimeSpan? StepTimeout { get; init; }

    /// <summary>The same for single modules, by class name; these go before <see cref="StepTimeout"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> StepTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Schemas that follow the target's own in <c>search_path</c>, such as one of shared extensions.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>
    /// The failure budget: with this many failed targets no further step is begun. Null: all targets of the stage or wave are tried, and
    /// the next one is not begun when one has failed.
    /// </summary>
    public CountOrPercent? StopAfterFailures { get; init; }

    /// <summary>Applications, as names or patterns, whose sessions refuse an upgrade.</summary>
    public IReadOnlyList<string> RefuseWhenConnected { get; init; } = [];

    /// <summary>Which instances go first; none: all together.</summary>
    public IReadOnlyList<WaveSetting> Waves { get; init; } = [];

    public SaveRule Save { get; init; }

    public AskRule Ask { get; init; }

    /// <summary>What must hold after a wave before the next one begins.</summary>
    public IReadOnlyList<WaveGate> Gates { get; init; } = [];
}

/// <summary>What the preflight takes for worth a word.</summary>
public sealed record CheckSettings
{
    /// <summary>Transactions of others that are open for so long.</summary>
    public TimeSpan LongTransaction { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Standbys that are so far behind.</summary>
    public Lag ReplicationLag { get; init; } = new(0, TimeSpan.FromMinutes(5));
}
