using Microsoft.Extensions.Logging;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>
/// Receives every statement that a connection sends, whichever code sends it: Npgsql logs them before they are executed, with the text as a
/// value named CommandText (https://www.npgsql.org/doc/diagnostics/logging.html). Values of parameters are not logged.
/// </summary>
public sealed class StatementLog(Action<string> onStatement) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Listener(categoryName == "Npgsql.Command" ? onStatement : null);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() { }

    private sealed class Listener(Action<string>? onStatement) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        // Npgsql checks for Information before it logs anything about a command, then logs its beginning as Debug.
        public bool IsEnabled(LogLevel logLevel) => onStatement is not null && logLevel >= LogLevel.Debug;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (onStatement is null || logLevel != LogLevel.Debug || state is not IEnumerable<KeyValuePair<string, object?>> values) return;
            foreach (var (name, value) in values)
                switch (name, value)
                {
                    case ("CommandText", string sql): onStatement(sql); break;
                    case ("BatchCommands", System.Collections.IEnumerable commands):
                        foreach (var command in commands)
                            if (command as string is { } text) onStatement(text);
                            else if (command is System.Runtime.CompilerServices.ITuple { Length: > 0 } tuple) onStatement($"{tuple[0]}");
                        break;
                }
        }
    }
}
