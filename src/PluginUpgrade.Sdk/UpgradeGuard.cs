using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// For the application, at its start: makes sure that a schema has the version that the application was written for. It needs nothing of
/// krang-upgrade but this assembly, and the right to read the schema's journal (<c>krang_upgrade_journal</c>).
/// </summary>
public static class UpgradeGuard
{
    /// <summary>
    /// Returns if the schema has at least this version, and at most <see cref="GuardOptions.UpTo"/>. If it is older and
    /// <see cref="GuardOptions.Upgrade"/> is set, upgrades it first, or waits until another process has.
    /// </summary>
    /// <remarks>
    /// The version is the newest that the journal records as done or as a baseline. A step that is running, or that failed, does not count;
    /// but while a step to a version above <see cref="GuardOptions.UpTo"/> is running, or was interrupted, the schema counts as too new.
    /// The question costs two round trips, and locks nothing.
    /// </remarks>
    /// <param name="connection">
    /// A connection to the schema's database, which stays the caller's. If it is closed, it is opened for each question and closed
    /// again; with <see cref="GuardOptions.Upgrade"/>, its pool is cleared too, so that this process has no session that an upgrade would
    /// have to wait for. If it is open, it must not be in a transaction.
    /// </param>
    /// <param name="schema">The schema's name, as PostgreSQL has it: not folded to lower case, and without quotes.</param>
    /// <param name="version">The oldest version with which the application works, such as <c>1.002</c>: this version included.</param>
    /// <param name="options">Null: an instance's schema of the product itself, at this version or any newer one.</param>
    /// <param name="cancellationToken">
    /// Stops asking and waiting. An upgrade that was started goes on: like every upgrade, it may be ended at any moment, and be run again.
    /// </param>
    /// <exception cref="UpgradeGuardException">The schema has another version, and has not been upgraded.</exception>
    /// <exception cref="ArgumentException">
    /// A version is not a version, <see cref="GuardOptions.UpTo"/> is older than <paramref name="version"/>, or
    /// <see cref="GuardOptions.Upgrade"/> is empty or contains <c>--yes</c>.
    /// </exception>
    /// <exception cref="NpgsqlException">The database cannot be reached or read.</exception>
    public static async Task RequireAsync(
        NpgsqlConnection connection, string schema, string version, GuardOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var question = GuardQuestion.Of(schema, version, options ?? new GuardOptions());
        if (await question.AskAsync(connection, cancellationToken).ConfigureAwait(false) is not { } mistake) return;
        if (question.Options.Upgrade is null || !GuardQuestion.IsTooOld(mistake)) throw mistake;
        await GuardUpgrade.UntilItSuitsAsync(question, connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A text for the connection string's <c>Application Name</c>, so that an operator sees which application, and which version of it, has
    /// a session: <c>wiki 1.002</c>. At most 63 bytes, which is what PostgreSQL keeps; a longer application's name is shortened.
    /// </summary>
    /// <param name="application">The application's name. Characters outside ASCII become <c>?</c>, as they do in PostgreSQL.</param>
    /// <param name="version">The application's version, or the schema's that it requires.</param>
    /// <exception cref="ArgumentException">
    /// The name is empty, or begins as krang-upgrade's own sessions do (<c>krang-upgrade </c>); or the version is not one, or too long.
    /// </exception>
    public static string ApplicationName(string application, string version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(application);
        var end = $" {GuardQuestion.Version(version, nameof(version))}";
        var name = string.Concat(
            application.Trim().EnumerateRunes().Select(rune => rune.Value is >= ' ' and <= '~' ? (char)rune.Value : '?'));
        if ($"{name} ".StartsWith("krang-upgrade ", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException("Sessions with such a name are taken for krang-upgrade's own.", nameof(application));
        var room = PostgresName.MaxBytes - end.Length;
        if (room < 1) throw new ArgumentException($"The version is longer than {PostgresName.MaxBytes} bytes.", nameof(version));
        return (name.Length > room ? name[..room] : name).TrimEnd() + end;
    }
}
