using System.Data;
using Npgsql;

namespace PluginUpgrade;

/// <summary>What the application asked, checked, and the sentences about what was found.</summary>
internal sealed record GuardQuestion(string Schema, UpgradeVersion Wanted, UpgradeVersion? UpTo, GuardOptions Options)
{
    public const string TooOldCode = "KU-9101";
    public const string NeverUpgradedCode = "KU-9103";

    /// <summary>The command that upgrades the schema.</summary>
    public string Upgrade => GuardCommand.Upgrade(Options);

    /// <summary>The command that shows what state it is in.</summary>
    public string Status => GuardCommand.Status(Options);

    private string Subject => $"Schema {Schema}{(Options.Component.Length > 0 ? $" ({Options.Component})" : "")}";

    private string Range => UpTo is { } newest ? $"version {Wanted} to {newest}" : $"version {Wanted} or newer";

    /// <exception cref="ArgumentException">It makes no sense.</exception>
    public static GuardQuestion Of(string schema, string version, GuardOptions options)
    {
        PostgresName.Quote(schema);
        var wanted = Version(version, nameof(version));
        UpgradeVersion? upTo = options.UpTo is { } newest ? Version(newest, nameof(options)) : null;
        if (upTo < wanted)
            throw new ArgumentException($"{nameof(GuardOptions.UpTo)} {upTo} is older than the required {wanted}.", nameof(options));
        if (options.Upgrade is { } upgrade)
        {
            if (upgrade.Count == 0 || string.IsNullOrWhiteSpace(upgrade[0]))
                throw new ArgumentException($"{nameof(GuardOptions.Upgrade)} does not name krang-upgrade's program.", nameof(options));
            if (upgrade.Any(word => word == "--yes" || word.StartsWith("--yes=", StringComparison.Ordinal)
                || word.StartsWith("--yes:", StringComparison.Ordinal)))
                throw new ArgumentException($"{nameof(GuardOptions.Upgrade)} must not contain --yes, which destroys data without asking.",
                    nameof(options));
        }
        return new GuardQuestion(schema, wanted, upTo, options);
    }

    public static UpgradeVersion Version(string text, string parameter) => UpgradeVersion.TryParse(text, out var version) ? version
        : throw new ArgumentException($"'{text}' is not a version. Write whole numbers with dots between them, such as 1.002.", parameter);

    /// <summary>Whether an upgrade could help.</summary>
    public static bool IsTooOld(UpgradeGuardException mistake) => mistake.Code is TooOldCode or NeverUpgradedCode;

    /// <returns>Null where the schema suits the application.</returns>
    public async Task<UpgradeGuardException?> AskAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.State == ConnectionState.Open) return await AskOpenAsync(connection, cancellationToken).ConfigureAwait(false);
        // It may be broken, and not only closed.
        await connection.CloseAsync().ConfigureAwait(false);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await AskOpenAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await connection.CloseAsync().ConfigureAwait(false);
            if (Options.Upgrade is not null) NpgsqlConnection.ClearPool(connection);
        }
    }

    private async Task<UpgradeGuardException?> AskOpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        About(await GuardJournal.ReadAsync(connection, this, cancellationToken).ConfigureAwait(false));

    private UpgradeGuardException? About(GuardJournal found)
    {
        if (found.Fault is { } fault)
            return Mistake("KU-9104", found.Version, $"The journal of schema {Schema} {fault} See: {Status}");
        if (found.Running is { } running && running > UpTo)
            return TooNew(found, $"is being upgraded to version {running}, or was interrupted on the way");
        if (found.Version > UpTo) return TooNew(found, $"has version {found.Version}");
        if (found.Version >= Wanted) return null;
        const string option = $"{nameof(GuardOptions)}.{nameof(GuardOptions.CountRunByHand)}";
        var byHand = found.ByHand >= Wanted ? $" Version {found.ByHand} was run by hand, which does not count ({option})." : "";
        var needs = $"This application needs {Range}.{byHand} Upgrade: {Upgrade}";
        if (found.Version is { } version) return Mistake(TooOldCode, version, $"{Subject} has version {version}. {needs}");
        var why = !found.Exists ? "it was never upgraded, or the name is wrong"
            : $"its journal has no version of {(Options.Component.Length > 0 ? $"the component {Options.Component}" : "the product")} "
                + $"as {(Options.Installation ? "the installation" : "an instance")}"
                + (found.HasOtherScope ? $", but as {(Options.Installation ? "an instance" : "the installation")} "
                    + $"({nameof(GuardOptions)}.{nameof(GuardOptions.Installation)})" : "");
        return Mistake(NeverUpgradedCode, null, $"{Subject} has no version: {why}. {needs}");
    }

    private UpgradeGuardException TooNew(GuardJournal found, string how) => Mistake("KU-9102", found.Version,
        $"{Subject} {how}. This application works with {Range}. Use a newer release of the application. See: {Status}");

    public UpgradeGuardException Mistake(string code, UpgradeVersion? found, string message, Exception? cause = null) =>
        new(code, message, cause)
        {
            Schema = Schema,
            Found = found,
            Wanted = Wanted,
            UpTo = UpTo,
            Command = code is "KU-9102" or "KU-9104" or "KU-9106" ? Status : Upgrade,
        };
}
