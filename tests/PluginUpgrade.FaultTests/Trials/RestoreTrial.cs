using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// One installation with two instances, one of them a database of its own, that is saved once and spoiled again and again. Where a target
/// stands is told by pg_dump's text: as it was saved, as it was spoiled, or something in between, which must never be.
/// </summary>
public sealed class RestoreTrial : IAsyncDisposable
{
    private readonly TestInstallation _installation;
    private readonly string _lone;
    private readonly Dictionary<string, string> _saved = [];
    private Dictionary<string, string> _spoiled = [];

    private RestoreTrial(TestInstallation installation, string lone) => (_installation, _lone) = (installation, lone);

    public TestInstallation Installation => _installation;

    /// <summary>How long an undisturbed restore takes.</summary>
    public TimeSpan Duration { get; set; }

    public string Folder => Directory.EnumerateDirectories(Path.Combine(_installation.Root, "data", "upgrade-saves")).Single();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RestoreTrial> MakeAsync(TestServer server)
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var name = $"{new NpgsqlConnectionStringBuilder(installation.Database).Database}_lone";
        await installation.ExecuteAsync($"CREATE DATABASE {name}");
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database={name}" };
        var lone = new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
        installation.Drop(Sample.ForInstances("V1_001"));
        var trial = new RestoreTrial(installation, lone);
        await trial.InEachAsync(schema => $"""
            CREATE TABLE {schema}.author (id serial PRIMARY KEY, name text);
            CREATE TABLE {schema}.story (id integer PRIMARY KEY, author_id integer REFERENCES {schema}.author, told text);
            INSERT INTO {schema}.author (name) SELECT 'author ' || i FROM generate_series(1, 50) AS i;
            INSERT INTO {schema}.story SELECT i, i % 50 + 1, repeat(md5(i::text), 10) FROM generate_series(1, 3000) AS i;
            CREATE INDEX ON {schema}.story (told); CREATE VIEW {schema}.told AS SELECT * FROM {schema}.story;
            """);
        Assert.Equal(0, (await installation.RunAsync("upgrade", "--from", "0.1")).ExitCode);
        Assert.Equal(0, (await installation.RunAsync("save")).ExitCode);
        foreach (var (target, text) in await trial.TextsAsync()) trial._saved[target] = text;
        for (var i = 0; i < 2; i++)
        {
            await trial.SpoilAsync();
            var start = Stopwatch.GetTimestamp();
            Assert.Equal(0, (await installation.RunAsync("restore", "--yes")).ExitCode);
            trial.Duration = Stopwatch.GetElapsedTime(start);
        }
        Assert.Equal(trial._saved, await trial.TextsAsync());
        return trial;
    }

    public async Task SpoilAsync()
    {
        await InEachAsync(schema => $"""
            DELETE FROM {schema}.story WHERE id > 100; DROP VIEW {schema}.told; CREATE TABLE {schema}.added ();
            ALTER TABLE {schema}.author ADD x int;
            DELETE FROM {schema}.krang_upgrade_journal WHERE scope = 'instance'
            """);
        _spoiled = await TextsAsync();
    }

    /// <summary>For each target as it was saved, or as it was spoiled; else what is wrong.</summary>
    /// <returns>How many are as they were saved.</returns>
    public async Task<(int Saved, IReadOnlyList<string> Wrong)> LookAsync()
    {
        await NobodyIsLeftAsync();
        var (saved, wrong) = (0, new List<string>());
        foreach (var (target, text) in await TextsAsync())
            if (text == _saved[target]) saved++;
            else if (text != _spoiled[target]) wrong.Add($"{target} is neither as it was saved nor as it was before:\n{text}");
        return (saved, wrong);
    }

    /// <summary>What a finished restore must not leave.</summary>
    public async Task<IReadOnlyList<string>> LeftoversAsync()
    {
        var name = new NpgsqlConnectionStringBuilder(_lone).Database;
        List<string> left = await _installation.QueryAsync($"SELECT datname FROM pg_database WHERE datname LIKE '{name}\\_\\_%'");
        left.AddRange(await _installation.QueryAsync($"""
            SELECT application_name FROM pg_stat_activity
            WHERE application_name LIKE 'krang-upgrade %' AND datname IN (current_database(), '{name}')
            """));
        return left;
    }

    public int Targets => _saved.Count;

    /// <summary>A killed host's sessions may still be committing, or rolling back.</summary>
    private async Task NobodyIsLeftAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        var name = new NpgsqlConnectionStringBuilder(_lone).Database;
        while ((await _installation.QueryAsync($"""
            SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %'
              AND (datname IN (current_database(), '{name}', '{name}__restoring') OR query LIKE '%{name}%')
            """)).Count > 0) await Task.Delay(50, limit.Token);
    }

    private async Task<Dictionary<string, string>> TextsAsync() => new()
    {
        ["installation"] = await DumpText.OfAsync(_installation.Database, "public"),
        ["acme"] = await DumpText.OfAsync(_installation.Database, "acme"),
        ["lone"] = await DumpText.OfAsync(_lone),
    };

    private async Task InEachAsync(Func<string, string> sql)
    {
        var shared = _installation.Database;
        foreach (var (database, schema) in new[] { (shared, "public"), (shared, "acme"), (_lone, "public") })
        {
            await FleetTemplate.ExecuteAsync(database, sql(schema), Token);
            Ask.Leave(database);
        }
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();
}
