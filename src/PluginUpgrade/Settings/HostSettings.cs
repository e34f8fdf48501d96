using Microsoft.Extensions.Configuration;

namespace PluginUpgrade.Settings;

/// <summary>The user's settings, validated. Paths are absolute.</summary>
public sealed record HostSettings
{
    public required string Root { get; init; }

    public required InstallationSettings Installation { get; init; }

    /// <summary>Sorted by name.</summary>
    public required IReadOnlyList<InstanceSettings> Instances { get; init; }

    /// <summary>
    /// Reads more instances from the installation's database: columns <c>name</c>, <c>schema</c>, <c>database</c>, <c>labels</c>.
    /// </summary>
    public string? DiscoverQuery { get; init; }

    /// <summary>Further servers to which discovered rows may lead, as HOST or HOST:PORT.</summary>
    public IReadOnlyList<string> DiscoverServers { get; init; } = [];

    public required RunSettings Run { get; init; }

    /// <summary>Globs of files in the root that a payload never overwrites and never removes.</summary>
    public required IReadOnlyList<string> PayloadKeep { get; init; }

    public CheckSettings Check { get; init; } = new();

    public OperatorHooks Hooks { get; init; } = OperatorHooks.None;

    /// <summary>Whether modules are loaded although other users could change them. Set only on the command line.</summary>
    public bool AllowInsecureModules { get; init; }

    /// <summary>Whether failures are shown with the server's DETAIL, which holds data. Set only on the command line.</summary>
    public bool ErrorDetail { get; init; }

    /// <summary>How many of the newest log files are kept.</summary>
    public required int KeepLogs { get; init; }

    public required SaveSettings Save { get; init; }

    /// <summary>The directory of PostgreSQL's programs; null: krang-upgrade searches for it.</summary>
    public string? PostgresBin { get; init; }

    /// <summary>The directory to which modules are copied before they are loaded; null: the directory for temporary files.</summary>
    public string? ModuleCopies { get; init; }

    /// <summary>The modules' own sections, by class name.</summary>
    public required IConfiguration Modules { get; init; }
}

/// <param name="Database">An Npgsql connection string; null for the embedded server, or if none is configured.</param>
/// <param name="Modules">The drop folder.</param>
/// <param name="Payload">The directory of new program files.</param>
public sealed record InstallationSettings(string Name, string? Database, string Schema, string Modules, string Payload)
{
    /// <summary>Whether a server of the installation's own is wanted; null: not configured.</summary>
    public bool? Embedded { get; init; }
}

/// <param name="Database">The parts that differ from the installation's connection string; null: its database.</param>
/// <param name="Schema">Null: <c>public</c>.</param>
public sealed record InstanceSettings(
    string Name, string? Database, string? Schema, IReadOnlyDictionary<string, string> Labels, bool Active = true)
{
    public static IReadOnlyDictionary<string, string> NoLabels { get; } = new Dictionary<string, string>();

    /// <summary>Its schema, or its own database, if that name is kept for side-by-side upgrades; else null.</summary>
    public string? ReservedName => (Schema ?? OwnDatabase) is { } name && BesideNames.IsReserved(name) ? name : null;

    private string? OwnDatabase =>
        Database is { } own && DatabaseAddress.Fault(own, complete: false) is null ? DatabaseAddress.Read(own).Database : null;
}

/// <param name="Directory">The directory of saves.</param>
/// <param name="SchemasPerArchive">The maximum number of schemas of one database in one archive.</param>
public sealed record SaveSettings(string Directory, int SchemasPerArchive);

/// <summary>Which targets are saved before an upgrade.</summary>
public enum SaveRule
{
    /// <summary>Those that a pending step could damage for good.</summary>
    Auto,

    /// <summary>All on which a module runs.</summary>
    Always,

    Never,
}

/// <summary>When an upgrade asks for confirmation.</summary>
public enum AskRule
{
    /// <summary>
    /// On a terminal, before each upgrade with something to do. Without one, before a step that is declared irreversible, where only
    /// <c>--yes</c> answers.
    /// </summary>
    Irreversible,

    /// <summary>Before each upgrade, also without a terminal, where only <c>--yes</c> answers.</summary>
    Always,

    Never,
}

public sealed record RunSettings
{
    /// <summary>How many lanes run at the same time.</summary>
    public required int Parallel { get; init; }

    /// <summary>How many of them on one server.</summary>
    public required int PerServer { get; init; }

    /// <summary>How long a statement waits for a lock, and krang-upgrade for a target that another process has locked.</summary>
    public required TimeSpan LockTimeout { get; init; }

    /// <summary>How long a connection attempt may take.</summary>
    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long to wait for a server that is restarting or full.</summary>
    public required TimeSpan ReconnectWithin { get; init; }

    /// <summary>How long a connection may be silent before it is probed.</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>How long a step may take; null: no limit.</summary>
    public TimeSpan? StepTimeout { get; init; }

    /// <summary>The same for single modules, by class name; these override <see cref="StepTimeout"/>.</summary>
    public IReadOnlyDictionary<string, TimeSpan> StepTimeouts { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>How long a call of CatchUp may take before the exchange begins: writers wait about as long for the last one.</summary>
    public required TimeSpan CatchUpWithin { get; init; }

    /// <summary>Declared changes of tables up to this size, in bytes without indexes, are made in the step's transaction.</summary>
    public long SmallTable { get; init; } = 10L << 20;

    /// <summary>Schemas that follow the target's own in <c>search_path</c>, such as one of shared extensions.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>
    /// The failure budget: after this many failed targets no further step begins. Null: all targets of the stage or wave are tried, and the
    /// next one does not begin if one has failed.
    /// </summary>
    public CountOrPercent? StopAfterFailures { get; init; }

    /// <summary>Names or patterns of applications whose sessions prevent an upgrade.</summary>
    public IReadOnlyList<string> RefuseWhenConnected { get; init; } = [];

    /// <summary>Which instances go first; empty: all together.</summary>
    public IReadOnlyList<WaveSetting> Waves { get; init; } = [];

    public SaveRule Save { get; init; }

    public AskRule Ask { get; init; }

    /// <summary>What must hold after a wave before the next one begins.</summary>
    public IReadOnlyList<WaveGate> Gates { get; init; } = [];
}

/// <summary>The limits from which the preflight reports something.</summary>
public sealed record CheckSettings
{
    /// <summary>For how long other sessions' transactions may be open.</summary>
    public TimeSpan LongTransaction { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How far standbys may be behind.</summary>
    public Lag ReplicationLag { get; init; } = new(0, TimeSpan.FromMinutes(5));
}
