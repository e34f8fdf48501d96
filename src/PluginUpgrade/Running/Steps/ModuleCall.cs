using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Files;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Runs a module's method for one target, inside the transaction that the caller has begun.</summary>
public sealed class ModuleCall(RunContext context, Func<UpgradeModule, IUpgradeModule> moduleOf, ChannelWriter<UpgradeEvent> events)
{
    private readonly ModuleWatch _watch = new(context);

    /// <param name="files">Where the installation's file changes are recorded.</param>
    /// <param name="batches">For a step outside a transaction.</param>
    public Task RunAsync(
        LaneSession session, UpgradeStep step, UpgradeModule module, UndoLog files, CancellationToken abort, BatchRunner? batches = null)
    {
        session.IsUsed = true;
        return _watch.RunAsync(session, step, module, async cancellationToken =>
        {
            await Preconditions.DemandAsync(session.Connection, module, inTransaction: batches is null, SearchPathSql(step.Target),
                CheckOf(step, module, session.Connection), cancellationToken);
            await (step.Target.Scope == Scope.Installation
                ? moduleOf(module).PerInstallation(Installation(step, module, session.Connection, files, batches), cancellationToken)
                : moduleOf(module).PerInstance(Instance(step, module, session.Connection, batches), cancellationToken));
            return true;
        }, abort);
    }

    /// <summary>Asks the module how much of its step is there.</summary>
    public Task<StepEffect> VerifyAsync(
        LaneSession session, UpgradeStep step, UpgradeModule module, UndoLog files, CancellationToken abort) =>
        _watch.RunAsync(session, step, module, cancellationToken => step.Target.Scope == Scope.Installation
            ? moduleOf(module).VerifyInstallation(Installation(step, module, session.Connection, files, null), cancellationToken)
            : moduleOf(module).VerifyInstance(Instance(step, module, session.Connection, null), cancellationToken), abort);

    /// <summary>The module's own check of the target; null where it has none.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<string>>>? CheckOf(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection)
    {
        if (!module.Checks(step.Target.Scope)) return null;
        var files = UndoLog.Create(context.Root, new UndoOwner(context.RunId, "", "", "a check"),
            () => throw new InvalidOperationException("A check must not change anything, not even files."));
        return step.Target.Scope == Scope.Installation
            ? token => moduleOf(module).CheckInstallation(Installation(step, module, connection, files, null), token)
            : token => moduleOf(module).CheckInstance(Instance(step, module, connection, null), token);
    }

    /// <summary>Where unqualified names are looked for: the target's own objects first.</summary>
    public string SearchPath(Target target) =>
        string.Join(", ", context.SearchPath.Prepend(target.Schema).Append("pg_temp").Select(PostgresName.Quote));

    /// <param name="local">Until the transaction's end only.</param>
    public string SearchPathSql(Target target, bool local = true) => $"SET {(local ? "LOCAL " : "")}search_path = {SearchPath(target)}";

    private InstallationContext Installation(
        UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, UndoLog files, BatchRunner? batches) => new()
        {
            Connection = connection,
            Schema = step.Target.Schema,
            From = step.Range.From,
            To = step.Range.To,
            Log = new StepLogger(step, events),
            Settings = context.ModuleSettings.GetSection(module.Name),
            Batches = batches,
            Progress = (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total)),
            Root = context.Root,
            Instances = context.Instances,
            Files = files.Files,
        };

    private InstanceContext Instance(UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, BatchRunner? batches) => new()
    {
        Connection = connection,
        Schema = step.Target.Schema,
        From = step.Range.From,
        To = step.Range.To,
        Log = new StepLogger(step, events),
        Settings = context.ModuleSettings.GetSection(module.Name),
        Batches = batches,
        Progress = (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total)),
        Name = step.Target.Name,
        Labels = step.Target.Labels,
    };

    /// <summary>Turns what a module logs into events, like all else that is reported of a run.</summary>
    private sealed class StepLogger(UpgradeStep step, ChannelWriter<UpgradeEvent> events) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel level, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            if (exception is not null) message += $" ({FailureText.NameAndMessage(exception)})";
            events.TryWrite(new UpgradeEvent.StepLogged(step, level, FailureText.Whole(message)));
        }
    }
}
