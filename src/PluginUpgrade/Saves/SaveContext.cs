using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Saves;

/// <summary>What all archives of a save share.</summary>
public sealed record SaveContext
{
    public required Guid RunId { get; init; }

    /// <summary>The installation's name.</summary>
    public required string Installation { get; init; }

    public required string Directory { get; init; }

    public required int SchemasPerArchive { get; init; }

    /// <summary>How many calls of pg_dump run at a time.</summary>
    public required int Parallel { get; init; }

    /// <summary>How many of them run on one server.</summary>
    public required int PerServer { get; init; }

    /// <summary>The setting <c>Postgres:Bin</c>.</summary>
    public string? Programs { get; init; }

    public required ConnectionSettings Connection { get; init; }

    public required TimeProvider Time { get; init; }

    public bool BeforeUpgrade { get; init; }

    /// <summary>The modules of the drop folder: with the journal they determine a target's version.</summary>
    public IReadOnlyList<UpgradeModule> Modules { get; init; } = [];

    /// <summary>For a save before an upgrade: the goal of each target, by component.</summary>
    public IReadOnlyDictionary<Target, IReadOnlyDictionary<string, string>> Goals { get; init; } =
        new Dictionary<Target, IReadOnlyDictionary<string, string>>();

    /// <summary>
    /// Called right after each archive was written into the save's folder: finds what a restore by the same role would refuse, with the
    /// restore's own checks (<c>SavedPromise</c>).
    /// </summary>
    internal PromiseCheck Promise { get; init; } = (_, _, _, _, _) => Task.FromResult<IReadOnlyList<Problem>>([]);

    public static SaveContext Of(
        HostSettings settings, ConnectionSettings connection, IReadOnlyList<UpgradeModule> modules, Guid run, TimeProvider time) => new()
        {
            Modules = modules,
            RunId = run,
            Installation = settings.Installation.Name,
            Directory = settings.Save.Directory,
            SchemasPerArchive = settings.Save.SchemasPerArchive,
            Parallel = settings.Run.Parallel,
            PerServer = settings.Run.PerServer,
            Programs = settings.PostgresBin,
            Connection = connection,
            Time = time,
        };
}

/// <param name="connection">To the database that was saved.</param>
/// <param name="folder">The save's folder.</param>
internal delegate Task<IReadOnlyList<Problem>> PromiseCheck(
    NpgsqlConnection connection, PlannedArchive planned, string folder, SavedArchive saved, CancellationToken cancellationToken);
