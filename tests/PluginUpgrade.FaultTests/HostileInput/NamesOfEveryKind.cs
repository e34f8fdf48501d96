using System.Globalization;
using System.Text;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>
/// F17: hostile names, three hundred fixed ones and thousands of random ones. Each is refused for a reason that holds, or means itself and
/// nothing else: to the server, in <c>search_path</c>, as a journal's place, as a file. A schema that is nobody's stays as it is.
/// </summary>
public class NamesOfEveryKind(TestServer server, ITestOutputHelper output)
{
    private static readonly ConnectionSettings Connection = new("krang-test names", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 5_000, nightly: 5_000, release: 5_000);

    [Fact]
    public async Task F17_are_refused_for_a_reason_or_mean_themselves()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var suite = new Suite("F17", _plan, output);
        var database = await server.CreateDatabaseAsync();
        await FleetTemplate.ExecuteAsync(database, Canary, cancellation);
        var before = await SchemaDigest.OfAsync(database, "canary", cancellation);
        string[] names = [.. HostileNames.Fixed, .. Enumerable.Range(0, _plan.Count).Select(i => HostileNames.Random(_plan.RandomOf(i)))];

        var good = names.Where(name => IsAllowed(name, suite)).Distinct(StringComparer.Ordinal).ToList();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellation);
        foreach (var batch in good.Chunk(200)) await AskAsync(connection, batch, suite, cancellation);
        var fewer = good.Where((_, i) => i < 200 || i % 10 == 0).ToList();
        foreach (var batch in fewer.Chunk(100)) await MakeSchemasAsync(connection, batch, suite, cancellation);
        await ReadJournalsAsync(database, [.. good.Take(150)], suite, cancellation);
        foreach (var batch in names.Where((_, i) => i < 300 || i % 10 == 0).Chunk(100)) await WriteFilesAsync(batch, suite, cancellation);

        if (await SchemaDigest.OfAsync(database, "canary", cancellation) != before) suite.Violation("canary", "somebody wrote to it");
        suite.End(names.Length, names.Length);
    }

    internal const string Canary = """
        CREATE SCHEMA canary;
        CREATE TABLE canary.story (id int PRIMARY KEY, told text DEFAULT 'x');
        INSERT INTO canary.story SELECT generate_series(1, 50);
        """;

    /// <summary>The host's answer, held against what PostgreSQL's documentation says of names.</summary>
    private static bool IsAllowed(string name, Suite suite)
    {
        var fault = SchemaName.Fault(name, ofTarget: true);
        var isText = new UTF8Encoding(false, true) is var strict && IsEncodable(strict, name);
        var fits = isText && name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= 63
            && !name.Any(c => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Control)
            && !name.StartsWith("pg_", StringComparison.Ordinal) && name != "information_schema";
        suite.Count(fault is null ? "allowed" : "refused");
        if (fits != fault is null) suite.Violation(HostileNames.Show(name), fault is null ? "is allowed" : $"is refused: {fault}");
        return fits && fault is null;
    }

    private static bool IsEncodable(UTF8Encoding strict, string name)
    {
        try
        {
            return strict.GetByteCount(name) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>As names of columns: the server says them again.</summary>
    private static async Task AskAsync(NpgsqlConnection connection, string[] names, Suite suite, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", names.Select(name => $"1 AS {PostgresName.Quote(name)}"));
        await using var query = new NpgsqlCommand($"SELECT {columns}", connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        for (var i = 0; i < names.Length; i++)
            if (reader.GetName(i) is var said && said != names[i])
                suite.Violation(HostileNames.Show(names[i]), $"became {HostileNames.Show(said)}");
        suite.Count("names said again by the server", names.Length);
    }

    private static async Task MakeSchemasAsync(
        NpgsqlConnection connection, string[] names, Suite suite, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var name in names)
        {
            var quoted = PostgresName.Quote(name);
            await using var query = new NpgsqlCommand(
                $"CREATE SCHEMA IF NOT EXISTS {quoted}; SET LOCAL search_path = {quoted}, pg_temp; SELECT current_schema()::text",
                connection);
            if (await query.ExecuteScalarAsync(cancellationToken) is not string found || found != name)
                suite.Violation(HostileNames.Show(name), "is not the schema that search_path leads to");
        }
        await transaction.RollbackAsync(cancellationToken);
        suite.Count("schemas made", names.Length);
    }

    private static async Task ReadJournalsAsync(string database, string[] names, Suite suite, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenAsync(database, Connection, null, cancellationToken);
        Target[] targets = [.. names.Select((name, i) => new Target
        {
            Scope = Scope.Instance,
            Name = $"i{i}",
            Database = database,
            Schema = name,
            Server = "",
            DatabaseName = "",
        })];
        foreach (var target in targets)
        {
            await using var make = new NpgsqlCommand($"CREATE SCHEMA IF NOT EXISTS {PostgresName.Quote(target.Schema)}", connection);
            await make.ExecuteNonQueryAsync(cancellationToken);
            await new Journal(target.Schema, Connection.AnswerTimeout).CreateAsync(connection, target, cancellationToken);
            await new Journal(target.Schema, Connection.AnswerTimeout).CreateAsync(connection, target, cancellationToken);
        }
        using var limits = new ServerLimits(1, Connection.Servers);
        foreach (var facts in await new TargetStateReader(Connection, 1, limits).ReadAsync(targets, null, keep: false, cancellationToken))
            if (facts.SchemaMissing || facts.JournalFormat != Journal.Format)
                suite.Violation(HostileNames.Show(facts.Target.Schema), "its journal is not found");
        suite.Count("journals made and read", names.Length);
    }

    private static async Task WriteFilesAsync(string[] names, Suite suite, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory("root");
        Directory.CreateDirectory(Path.Combine(directory.Root, "files"));
        var log = UndoLog.Create(directory.Root, new UndoOwner(Guid.NewGuid(), "", "1", "V1_001"));
        foreach (var name in names)
            try
            {
                await log.Files.WriteAsync($"files/{name}", name, cancellationToken);
                suite.Count("files written");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                suite.Count("files refused");
            }
        var outside = Directory.GetFileSystemEntries(Path.GetDirectoryName(directory.Root)!);
        if (outside.Length != 1) suite.Violation("files", $"something lies outside the root: {string.Join(", ", outside)}");
        await log.UndoAsync(cancellationToken);
        // Directories on the way, and data with the log, were made and are gone again.
        var left = Directory.GetFileSystemEntries(directory.Root, "*", SearchOption.AllDirectories).Select(Path.GetFileName)
            .Except(["files", "data"]).ToList();
        if (left.Count > 0) suite.Violation("files", $"not undone: {string.Join(", ", left.Select(name => HostileNames.Show(name!)))}");
    }
}
