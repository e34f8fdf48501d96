using System.Text.RegularExpressions;
using Npgsql;
using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Postpones statements of a script that come too early for the rest of the database, and corrects what the database's own rules did to new
/// objects.
/// </summary>
/// <param name="schemas">The schemas that are restored.</param>
internal sealed partial class Later(NpgsqlConnection connection, IReadOnlyList<string> schemas)
{
    private readonly HashSet<string> _own = [.. schemas, .. schemas.Select(PostgresName.Quote)];
    private readonly List<DumpStatement> _attachments = [];
    private bool _areRightsReset;
    private bool _isRowSecurityReset;

    /// <returns>Whether the statement must not be sent now.</returns>
    public async ValueTask<bool> KeepsAsync(ScriptReplay replay, DumpStatement statement, CancellationToken cancellationToken)
    {
        // A partition of a table outside the schemas gets that table's triggers, keys and indexes when it is attached. So it is attached
        // after its rows, which must not fire these triggers, and after its own indexes, which then serve as the parent's.
        if (Attachment().Match(statement.Text) is { Success: true } match && !_own.Contains(match.Groups["schema"].Value))
        {
            _attachments.Add(statement);
            return true;
        }
        if (ScriptReplay.IsCopy(statement.Text)) await ResetRowSecurityAsync(replay, cancellationToken);
        if (AfterIndexes().IsMatch(statement.Text)) await AttachAsync(replay, cancellationToken);
        if (OfRights().IsMatch(statement.Text)) await ResetRightsAsync(replay, cancellationToken);
        return false;
    }

    /// <summary>To be called at the end of the script.</summary>
    public async Task EndAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        await AttachAsync(replay, cancellationToken);
        await ResetRightsAsync(replay, cancellationToken);
        await replay.FlushAsync(cancellationToken);
    }

    private async Task AttachAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        foreach (var statement in _attachments) await replay.SendAsync(statement.Sql, cancellationToken);
        _attachments.Clear();
    }

    /// <summary>Objects that were saved with other rights than the usual ones have statements for them, which follow.</summary>
    private async Task ResetRightsAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        if (_areRightsReset) return;
        _areRightsReset = true;
        await replay.FlushAsync(cancellationToken);
        foreach (var statement in await ExistingSchema.ResetContentRightsSqlAsync(connection, schemas, cancellationToken))
            await replay.SendAsync(statement, cancellationToken);
    }

    /// <summary>
    /// A script switches row security on after the rows. If an event trigger has switched it on before, the owner could not insert any.
    /// </summary>
    private async Task ResetRowSecurityAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        if (_isRowSecurityReset) return;
        _isRowSecurityReset = true;
        await replay.FlushAsync(cancellationToken);
        foreach (var statement in await ExistingSchema.ResetRowSecuritySqlAsync(connection, schemas, cancellationToken))
            await replay.SendAsync(statement, cancellationToken);
    }

    private const string Name = "(?:\"(?:[^\"]|\"\")+\"|[^\\s\".(]+)";

    [GeneratedRegex("^ALTER TABLE (?:ONLY )?(?<schema>" + Name + ")\\." + Name + " ATTACH PARTITION ", RegexOptions.ExplicitCapture)]
    private static partial Regex Attachment();

    [GeneratedRegex("^(?:ALTER INDEX |CREATE (?:STATISTICS|RULE|TRIGGER|CONSTRAINT TRIGGER|POLICY) |ALTER TABLE [^;]*? (?:ENABLE|DISABLE) |"
        + "ALTER TABLE [^;]*?\\bFOREIGN KEY |GRANT |REVOKE |REFRESH |SET SESSION |ALTER DEFAULT )")]
    private static partial Regex AfterIndexes();

    [GeneratedRegex("^(?:GRANT |REVOKE |SET SESSION AUTHORIZATION |ALTER DEFAULT PRIVILEGES )")]
    private static partial Regex OfRights();
}
