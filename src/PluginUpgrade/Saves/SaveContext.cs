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

    /// <summary>How many calls of pg_dump are made at a time.</summary>
    public required int Parallel { get; init; }

    /// <summary>How many of them on one server.</summary>
    public required int PerServer { get; init; }

    /// <summary>The setting <c>Postgres:Bin</c>.</summary>
    public string? Programs { get; init; }

    public required ConnectionSettings Connection { get; init; }

    public required TimeProvider Time { get; init; }

    public bool BeforeUpgrade { get; init; }

    /// <summary>Of the drop folder: with the journal they say a target's version.</summary>
    public IReadOnlyList<UpgradeModule> Modules { get; init; } = [];

    /// <summary>Of a save before an upgrade: where each target is to be taken, by component.</summary>
    public IReadOnlyDictionary<Target, IReadOnlyDictionary<string, string>> Goals { get; init; } =
        new Dictionary<Target, IReadOnlyDictionary<string, string>>();

    /// <summary>
    /// Asked right after each archive was written, into the save's folder: what a restore by the same role would refuse. The restore's own
    /// questions, <c>SavedPromise</c>.
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
/// <param name="folder">The save's.</param>
internal delegate Task<IReadOnlyList<Problem>> PromiseCheck(
    NpgsqlConnection connection, PlannedArchive planned, string folder, SavedArchive saved, CancellationToken cancellationToken);
