using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Files;
using PluginUpgrade.Loading;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Runs a module's method for one target, inside the transaction that the caller has begun.</summary>
/// <param name="isDryRun">Whether further connections that the module opens are read-only.</param>
public sealed class ModuleCall(
    RunContext context, Func<UpgradeModule, IUpgradeModule> moduleOf, ServerLimits limits, ChannelWriter<UpgradeEvent> events,
    bool isDryRun = false)
{
    private readonly ModuleWatch _watch = new(context);

    /// <param name="files">Where the installation's file changes are recorded.</param>
    /// <param name="batches">Runs batches, for a step outside a transaction; null in a transaction.</param>
    public async Task RunAsync(
        LaneSession session, UpgradeStep step, UpgradeModule module, UndoLog files, CancellationToken abort, BatchRunner? batches = null)
    {
        session.IsUsed = true;
        await using var tools = Tools(step, readOnly: isDryRun);
        using var said = ServerNotices.Of(session.Connection, tools.Log);
        await _watch.RunAsync(session, step, module, tools.Connections, async cancellationToken =>
        {
            await Preconditions.DemandAsync(session.Connection, module, inTransaction: batches is null, SearchPathSql(step.Target),
                CheckOf(step, module, session.Connection), cancellationToken);
            await CallAsync(module, () => step.Target.Scope == Scope.Installation
                ? moduleOf(module).PerInstallation(Installation(step, module, session.Connection, tools, files, batches), cancellationToken)
                : moduleOf(module).PerInstance(Instance(step, module, session.Connection, tools, batches), cancellationToken));
            return true;
        }, abort);
    }

    /// <summary>Asks the module how much of its step is applied.</summary>
    public async Task<StepEffect> VerifyAsync(
        LaneSession session, UpgradeStep step, UpgradeModule module, UndoLog files, CancellationToken abort)
    {
        await using var tools = Tools(step, readOnly: true);
        return await _watch.RunAsync(session, step, module, tools.Connections, cancellationToken => CallAsync(module,
            () => step.Target.Scope == Scope.Installation
                ? moduleOf(module).VerifyInstallation(Installation(step, module, session.Connection, tools, files, null), cancellationToken)
                : moduleOf(module).VerifyInstance(Instance(step, module, session.Connection, tools, null), cancellationToken)), abort);
    }

    /// <summary>The module's own check of the target; null if it has none.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<string>>>? CheckOf(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection)
    {
        if (!module.Checks(step.Target.Scope)) return null;
        var files = UndoLog.Create(context.Root, new UndoOwner(context.RunId, "", "", "a check"),
            () => throw new InvalidOperationException("A check must not change anything, not even files."));
        return async token =>
        {
            await using var tools = Tools(step, readOnly: true);
            return await CallAsync(module, () => step.Target.Scope == Scope.Installation
                ? moduleOf(module).CheckInstallation(Installation(step, module, connection, tools, files, null), token)
                : moduleOf(module).CheckInstance(Instance(step, module, connection, tools, null), token));
        };
    }

    /// <summary>The step's search path: the target's schema first.</summary>
    public string SearchPath(Target target) =>
        string.Join(", ", context.SearchPath.Prepend(target.Schema).Append("pg_temp").Select(PostgresName.Quote));

    /// <param name="local">Whether the setting ends with the transaction.</param>
    public string SearchPathSql(Target target, bool local = true) => $"SET {(local ? "LOCAL " : "")}search_path = {SearchPath(target)}";

    /// <summary>Calls other code of a module than its steps, on a session that krang-upgrade has prepared.</summary>
    internal async Task<T> CallAsync<T>(
        LaneSession session, UpgradeStep step, UpgradeModule module, StepTools tools,
        Func<IUpgradeModule, CancellationToken, Task<T>> code, CancellationToken abort)
    {
        session.IsUsed = true;
        using var said = ServerNotices.Of(session.Connection, tools.Log);
        return await _watch.RunAsync(session, step, module, tools.Connections,
            cancellationToken => CallAsync(module, () => code(moduleOf(module), cancellationToken)), abort);
    }

    /// <summary>Checks the module's requirements and its own check, right before a step that is no transaction.</summary>
    /// <exception cref="UnmetException">Something is missing.</exception>
    internal async Task DemandAsync(LaneSession session, UpgradeStep step, UpgradeModule module, CancellationToken abort)
    {
        await using var tools = Tools(step, readOnly: true);
        await CallAsync(session, step, module, tools, async (_, cancellationToken) =>
        {
            await Preconditions.DemandAsync(session.Connection, module, inTransaction: false, SearchPathSql(step.Target),
                CheckOf(step, module, session.Connection), cancellationToken);
            return true;
        }, abort);
    }

    private Task<T> CallAsync<T>(UpgradeModule module, Func<Task<T>> code) =>
        ModuleCode.RunAsync(Bootstrap.Own(moduleOf(module)).GetType().Assembly, code);

    private Task CallAsync(UpgradeModule module, Func<Task> code) =>
        ModuleCode.RunAsync(Bootstrap.Own(moduleOf(module)).GetType().Assembly, code);

    private StepTools Tools(UpgradeStep step, bool readOnly) => Tools(step, step.Target, readOnly);

    /// <param name="place">The database and schema of further connections.</param>
    internal StepTools Tools(UpgradeStep step, Target place, bool readOnly) => new(
        Further(place, readOnly), new StepLogger(step, events),
        new StepProgress(context.Time, (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total))));

    internal StepConnections Further(Target place, bool readOnly) =>
        new(place, context.Connection, limits, SearchPath(place), readOnly);

    private string FolderOf(UpgradeModule module) => Path.GetDirectoryName(Bootstrap.Own(moduleOf(module)).GetType().Assembly.Location)!;

    private InstallationContext Installation(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, StepTools tools, UndoLog files, BatchRunner? batches) =>
        new(Parts(step, module, connection, tools, batches)) { Root = context.Root, Instances = context.Instances, Files = files.Files };

    internal InstanceContext Instance(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, StepTools tools, BatchRunner? batches) =>
        new(Parts(step, module, connection, tools, batches)) { Name = step.Target.Name, Labels = step.Target.Labels };

    private ContextParts Parts(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, StepTools tools, BatchRunner? batches) =>
        Parts(step, step.Target, module, connection, tools, batches, inTransaction: module.Transactional);

    internal ContextParts Parts(
        UpgradeStep step, Target place, UpgradeModule module, NpgsqlConnection connection, StepTools tools, BatchRunner? batches,
        bool inTransaction) => new(
            connection, place.Schema, step.Range.From, step.Range.To, tools.Log, context.ModuleSettings.GetSection(module.Name),
            FolderOf(module), batches, tools.Progress.Report)
        {
            Execute = (sql, token) => Statements.ExecuteAsync(connection, sql, inTransaction, token),
            Open = tools.Connections.OpenAsync,
        };
}
