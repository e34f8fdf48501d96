using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade.Running.Steps;

/// <summary>What the server says while a module works: its warnings are shown, its notices are in the log.</summary>
internal sealed class ServerNotices : IDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly ILogger _log;

    private ServerNotices(NpgsqlConnection connection, ILogger log)
    {
        (_connection, _log) = (connection, log);
        connection.Notice += Hear;
    }

    public static ServerNotices Of(NpgsqlConnection connection, ILogger log) => new(connection, log);

    private void Hear(object sender, NpgsqlNoticeEventArgs told)
    {
        var notice = told.Notice;
        // The other name is in the server's language.
        var level = notice.InvariantSeverity == "WARNING" ? LogLevel.Warning : LogLevel.Information;
        _log.Log(level, "{Severity} of the server: {Message} (SQLSTATE {SqlState})",
            notice.InvariantSeverity.ToLowerInvariant(), notice.MessageText, notice.SqlState);
    }

    public void Dispose() => _connection.Notice -= Hear;
}
