using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Payloads;

namespace PluginUpgrade.Running;

/// <summary>Calls a module's hook for one target, inside the transaction that the caller has begun.</summary>
public sealed class ModuleCall(RunSetting setting, Func<UpgradeModule, IUpgradeModule> moduleOf, ChannelWriter<UpgradeEvent> events)
{
    /// <param name="files">Where the installation's file changes are recorded.</param>
    public Task RunAsync(UpgradeStep step, NpgsqlConnection connection, UndoLog files, CancellationToken cancellationToken)
    {
        if (step.Module is not { } module) return Task.CompletedTask;
        return step.Target.Scope == Scope.Installation
            ? moduleOf(module).PerInstallation(Installation(step, module, connection, files), cancellationToken)
            : moduleOf(module).PerInstance(Instance(step, module, connection), cancellationToken);
    }

    /// <summary>The statement that makes unqualified names mean the target's objects, until the transaction's end.</summary>
    public string SearchPathSql(Target target)
    {
        var schemas = setting.SearchPath.Prepend(target.Schema).Append("pg_temp");
        return $"SET LOCAL search_path = {string.Join(", ", schemas.Select(PostgresName.Quote))}";
    }

    private InstallationContext Installation(UpgradeStep step, UpgradeModule module, NpgsqlConnection connection, UndoLog files) => new()
    {
        Connection = connection,
        Schema = step.Target.Schema,
        From = step.Range.From,
        To = step.Range.To,
        Log = new StepLogger(step, events),
        Settings = setting.ModuleSettings.GetSection(module.Name),
        Progress = (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total)),
        Root = setting.Root,
        Instances = setting.Instances,
        Files = files.Files,
    };

    private InstanceContext Instance(UpgradeStep step, UpgradeModule module, NpgsqlConnection connection) => new()
    {
        Connection = connection,
        Schema = step.Target.Schema,
        From = step.Range.From,
        To = step.Range.To,
        Log = new StepLogger(step, events),
        Settings = setting.ModuleSettings.GetSection(module.Name),
        Progress = (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total)),
        Name = step.Target.Name,
        Labels = step.Target.Labels,
    };

    /// <summary>Turns what a module logs into events, like all else that is told of a run.</summary>
    private sealed class StepLogger(UpgradeStep step, ChannelWriter<UpgradeEvent> events) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel level, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            if (exception is not null) message += $" ({exception.GetType().Name}: {exception.Message})";
            events.TryWrite(new UpgradeEvent.StepLogged(step, level, message));
        }
    }
}
