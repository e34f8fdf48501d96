using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade.Running.Steps;

/// <summary>Logs the server's messages while a module runs: warnings as warnings, all others as information.</summary>
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
        // The field Severity, unlike InvariantSeverity, is translated into the server's language.
        var level = notice.InvariantSeverity == "WARNING" ? LogLevel.Warning : LogLevel.Information;
        _log.Log(level, "{Severity} of the server: {Message} (SQLSTATE {SqlState})",
            notice.InvariantSeverity.ToLowerInvariant(), notice.MessageText, notice.SqlState);
    }

    public void Dispose() => _connection.Notice -= Hear;
}
