using System.Text.RegularExpressions;
using Npgsql;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.PostgresTests.Schemas;

/// <summary>A database whose schemas are made and upgraded by the statements of a declared history.</summary>
internal sealed partial class Upgraded : IAsyncDisposable
{
    private readonly string _database;

    private Upgraded(string database, NpgsqlConnection connection) => (_database, Connection) = (database, connection);

    public NpgsqlConnection Connection { get; }

    public static async Task<Upgraded> CreateAsync(TestServer server)
    {
        var database = await server.CreateDatabaseAsync();
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return new Upgraded(database, connection);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        try
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        catch (PostgresException e)
        {
            throw new InvalidOperationException($"{e.MessageText}\n{sql}", e);
        }
    }

    public async Task<string> QueryAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        return $"{await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)}";
    }

    public Task CreateSchemaAsync(string schema) => ExecuteAsync($"CREATE SCHEMA {schema}");

    public Task ReplayAsync(SchemaHistory history, UpgradeVersion version, string schema) =>
        InTransactionAsync(schema, Replay.To(history, version).SelectMany(change => change.Sql(PostgresName.Quote(schema))));

    /// <summary>As a step in one transaction.</summary>
    public async Task SmallAsync(SchemaSlice slice, string schema)
    {
        foreach (var sql in slice.In(SchemaPhase.Values).SelectMany(change => change.Sql(PostgresName.Quote(schema))))
            await ExecuteAsync(sql);
        await InTransactionAsync(schema,
            slice.Changes.Where(change => change.Phase != SchemaPhase.Values).SelectMany(change => change.Sql(PostgresName.Quote(schema))));
    }

    /// <summary>In phases; what can be repeated is run twice, and as a whole once more.</summary>
    public async Task LargeAsync(SchemaSlice slice, string schema)
    {
        IEnumerable<string> Of(SchemaPhase phase) => slice.In(phase).SelectMany(change => change.SqlOfLarge(PostgresName.Quote(schema)));
        foreach (var sql in Of(SchemaPhase.Values).SelectMany(sql => (string[])[sql, sql])) await ExecuteAsync(sql);
        await InTransactionAsync(schema, Of(SchemaPhase.Expand));
        await ExecuteAsync($"SET search_path = {schema}");
        foreach (var sql in Of(SchemaPhase.Demand).SelectMany(sql => (string[])[sql, sql])) await ExecuteAsync(sql);
        foreach (var sql in Of(SchemaPhase.Demand)) await ExecuteAsync(sql);
        await InTransactionAsync(schema, Of(SchemaPhase.Contract));
    }

    private Task InTransactionAsync(string schema, IEnumerable<string> statements) =>
        ExecuteAsync($"SET search_path = {schema};\n{string.Join(";\n", statements)}");

    /// <summary>
    /// All schemas as one pg_dump writes them, in its order, each without its name. Tables are empty, so definitions are all there is.
    /// </summary>
    public async Task<Dictionary<string, string>> DumpAsync()
    {
        var dump = End().Replace(await DumpText.OfAsync(_database), "");
        return Entry().Split(dump).Skip(1).Where(entry => SchemaOf().IsMatch(entry))
            .GroupBy(entry => SchemaOf().Match(entry).Groups[1].Value)
            .ToDictionary(entries => entries.Key, entries =>
                string.Concat(entries.Select(entry => Regex.Replace(entry, $@"\b{entries.Key}\b", "S"))));
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>What is written where something of another schema came before, and the end.</summary>
    [GeneratedRegex(@"(?m)^SET default_.*\n\n|^--\n-- PostgreSQL database dump complete[\s\S]*")]
    private static partial Regex End();

    [GeneratedRegex(@"(?m)^--\n-- (?:Data for )?Name: ")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\A.*; Schema: ([a-z]\w*);")]
    private static partial Regex SchemaOf();
}
