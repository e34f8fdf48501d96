using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>
/// The session that builds, beside the lane's, and holds a lock of its own on what it builds. The journal of the build lies in the new
/// schema: if somebody drops that schema, nothing remains that a later try would continue into an empty one.
/// </summary>
internal sealed class BuildSession : IAsyncDisposable
{
    /// <summary>The cursor's name that holds the structure of the live schema at the beginning of the build.</summary>
    private const string DigestName = "krang-upgrade:live";

    private readonly RunContext _context;
    private readonly IDisposable _room;
    private bool _isClosed;

    private BuildSession(LaneSession session, UpgradeStep step, RunContext context, IDisposable room) =>
        (Session, Step, _context, _room) = (session, step, context, room);

    public LaneSession Session { get; }

    /// <summary>The swap, on the new schema: the row in its journal.</summary>
    public UpgradeStep Step { get; }

    public Target Target => Step.Target;

    /// <param name="swap">The swap on the live target.</param>
    public static async Task<BuildSession> OpenAsync(
        UpgradeStep swap, RunContext context, ServerLimits limits, CancellationToken cancellationToken)
    {
        var next = BesideTarget.NextOf(swap.Target);
        // A database that is exchanged must have no idle sessions.
        var slot = swap.Target.OwnDatabase ? null : limits.EnterBeside(next.Server, next.Database);
        var room = slot ?? limits.EnterBeside(next.Server);
        try
        {
            var session = await LaneSession.OpenAsync(
                next, context.Connection, context.Connection.LockTimeout, slot, null, context.Time, cancellationToken);
            return new BuildSession(session, swap with { Target = next }, context, room);
        }
        catch
        {
            room.Dispose();
            throw;
        }
    }

    /// <summary>Makes the new schema with its journal, or takes over what an earlier try of a repeatable module left.</summary>
    /// <param name="reader">Reads the structure of the live schema.</param>
    /// <returns>The structure of the live schema at the beginning of the build.</returns>
    /// <exception cref="UpgradeException">The schema's name is not free.</exception>
    public async Task<string> BeginAsync(bool isRepeatable, string live, NpgsqlConnection reader, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        var schema = new NextSchema(Session, live);
        var left = await schema.FindAsync(Step, cancellationToken);
        if (left == NextSchemaState.Foreign) throw new UpgradeException(SwapProblem.NotFree(Step, Target.Schema));
        if (left == NextSchemaState.Unfinished && !isRepeatable || left == NextSchemaState.Unused)
        {
            await schema.DropAsync(cancellationToken);
            left = NextSchemaState.Absent;
        }
        SeededFault.Point("build place free");
        if (left == NextSchemaState.Absent)
        {
            await schema.MakeAsync(cancellationToken);
            SeededFault.Point("next schema there");
            await Session.Journal.CreateAsync(Session.Connection, Target, cancellationToken);
        }
        await ClaimAsync(cancellationToken);
        var digest = await SchemaDigest.ReadAsync(reader, live, cancellationToken);
        await DemandUnchangedAsync(digest, live, cancellationToken);
        return digest;
    }

    /// <summary>The row of the swap in the journal of what is built.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (!await Session.Journal.OpenAsync(Session.Connection, Step, _context.RunId, cancellationToken))
            throw new UpgradeException(RunProblem.NotClaimed(Step));
        SeededFault.Point("build claimed");
    }

    /// <summary>Takes back that it is done: an earlier try ended before its exchange.</summary>
    public Task UnsealAsync(CancellationToken cancellationToken) =>
        Session.Journal.UnsealAsync(Session.Connection, Step, cancellationToken);

    /// <summary>
    /// Remembers the structure of the live data at the first try of the build. A build that continues on another structure would be
    /// wrong.
    /// </summary>
    public async Task DemandUnchangedAsync(string digest, string live, CancellationToken cancellationToken)
    {
        var (known, _) = await Session.Journal.ReadCursorAsync(Session.Connection, Step, DigestName, cancellationToken);
        if (known is not null && known != digest)
            throw new UpgradeException(SwapProblem.Changed(Step, live));
        if (known is not null) return;
        await Session.Journal.WriteCursorAsync(Session.Connection, Step, _context.RunId, DigestName, digest, cancellationToken);
    }

    /// <summary>
    /// Resets the session before and after module code. Without a lock timeout, which would cancel CREATE INDEX CONCURRENTLY: nobody but
    /// the module uses the new schema.
    /// </summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!await Session.ResetAndHoldAsync(cancellationToken, limitsLocks: false)) throw new UpgradeException(RunProblem.LostLock(Step));
    }

    /// <summary>
    /// Ends it when the build is complete. The server counts what a session wrote when it ends; since PostgreSQL 15, also when it is
    /// told to.
    /// </summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (Session.Connection.PostgreSqlVersion.Major >= 15)
            await Session.ExecuteAsync("SELECT pg_catalog.pg_stat_force_next_flush()", cancellationToken);
        else await Session.DisconnectAsync();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed) return;
        _isClosed = true;
        await Session.DisposeAsync();
        _room.Dispose();
    }
}
