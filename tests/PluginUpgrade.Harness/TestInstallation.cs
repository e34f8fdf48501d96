using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.Harness;

/// <summary>
/// An installation of the test's own: a root directory with settings and a drop folder, a database of its own on the test server, and the
/// real program to run in it. Instances are schemas of that database unless <see cref="Settings"/> is changed.
/// <code>
/// await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
/// installation.Drop(new ModuleSource("V1_001") { PerInstance = "CREATE TABLE t ()" });
/// var result = await installation.RunAsync("--to", "1.001");
/// Assert.Equal(0, result.ExitCode);
/// Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
/// </code>
/// </summary>
public sealed class TestInstallation : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly bool _canSave;

    private TestInstallation(string database, bool canSave) => (Database, _canSave) = (database, canSave);

    public string Root => _directory.Root;

    public string DropFolder => Path.Combine(Root, "upgrade");

    /// <summary>The connection string of the installation's database.</summary>
    public string Database { get; }

    /// <summary>One of tests/FaultyHost/SeededFault.cs: then the program is the one of tests/FaultyHost.</summary>
    public string? Defect { get; set; }

    /// <summary>What is written to krang-upgrade.json before each run.</summary>
    public JsonObject Settings { get; private set; } = [];

    public static async Task<TestInstallation> CreateAsync(TestServer server, params string[] instances)
    {
        var installation = new TestInstallation(await server.CreateDatabaseAsync(), await DumpText.IsPossibleAsync());
        Directory.CreateDirectory(installation.DropFolder);
        installation.Settings["Installation"] = new JsonObject { ["Name"] = "test", ["Database"] = installation.Database };
        installation.Settings["Instances"] = new JsonObject(
            instances.Select(name => KeyValuePair.Create(name, (JsonNode?)new JsonObject { ["Schema"] = name })));
        foreach (var name in instances) await installation.ExecuteAsync($"CREATE SCHEMA {PostgresName.Quote(name)}");
        return installation;
    }

    /// <summary>The same for a test of saves: skipped where this machine has no pg_dump for the server.</summary>
    public static async Task<TestInstallation> CreateForSavesAsync(TestServer server, params string[] instances)
    {
        var installation = await CreateAsync(server, instances);
        if (!installation._canSave) await installation.DisposeAsync();
        Assert.SkipUnless(installation._canSave, "No pg_dump for this server is installed.");
        return installation;
    }

    /// <summary>Puts modules into the drop folder, each as a lone DLL.</summary>
    public void Drop(params ModuleSource[] modules)
    {
        foreach (var module in modules) File.WriteAllBytes(Path.Combine(DropFolder, $"{module.Name}.dll"), ModuleAssembly.Of(module));
    }

    /// <summary>Copies a built module, with its dependencies, into a folder of its own in the drop folder.</summary>
    public void DropBuilt(string directory, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(DropFolder, name)).FullName;
        var files = Directory.EnumerateFiles(directory)
            .Where(file => Path.GetExtension(file) is ".dll" or ".pdb" || file.EndsWith(".deps.json", StringComparison.Ordinal));
        foreach (var file in files) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Runs the program in this installation and waits for its end.</summary>
    public async Task<HostResult> RunAsync(params string[] arguments)
    {
        using var host = Start(arguments);
        return await host.EndAsync();
    }

    /// <summary>Starts the program in this installation.</summary>
    public HostProcess Start(params string[] arguments) => Start(arguments, null);

    public HostProcess Start(string[] arguments, IReadOnlyDictionary<string, string?>? environment)
    {
        WriteSettings();
        return HostProcess.Start([.. arguments, "--root", Root], Defect is null ? environment : DefectIn(environment),
            program: Defect is null ? BuiltFiles.Program : BuiltFiles.FaultyHost);

        Dictionary<string, string?> DefectIn(IReadOnlyDictionary<string, string?>? environment) =>
            new([.. environment ?? new Dictionary<string, string?>(), KeyValuePair.Create("KRANG_DEFECT", (string?)Defect)]);
    }

    /// <summary>Starts the program, and kills it when there is a relation of that name.</summary>
    public async Task KillAtAsync(string relation, params string[] arguments)
    {
        using var host = Start(arguments);
        while (await QueryAsync($"SELECT to_regclass('{relation}')::text") is ["NULL"])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        host.Kill();
        await host.EndAsync();
    }

    /// <summary>Runs the program with <c>--json</c>, and reads the one document that it prints.</summary>
    public async Task<(int ExitCode, JsonNode Document)> RunJsonAsync(params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--json"]);
        return (result.ExitCode, JsonNode.Parse(result.Output)!);
    }

    /// <summary>At once: another run of the same test may be reading them at this moment.</summary>
    public void WriteSettings()
    {
        // Else a step that could harm for good would be refused there for want of a save, whatever the test is about.
        if (!_canSave && (Settings["Run"] ??= new JsonObject()) is JsonObject run) run.TryAdd("Save", "never");
        var file = Path.Combine(Root, Path.GetRandomFileName());
        File.WriteAllText(file, Settings.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        File.Move(file, Path.Combine(Root, "krang-upgrade.json"), overwrite: true);
    }

    public async Task ExecuteAsync(string sql, string? database = null)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of all rows, as text.</summary>
    public async Task<List<string>> QueryAsync(string sql, string? database = null)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<string> values = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            values.Add(reader.IsDBNull(0) ? "NULL" : $"{reader.GetValue(0)}");
        return values;
    }

    /// <summary>An instance's journal, oldest first, as <c>1.002 done V1_002</c>; empty where it has none.</summary>
    public Task<List<string>> JournalAsync(string schema) => JournalAsync(schema, "instance");

    /// <summary>The installation's journal.</summary>
    public Task<List<string>> JournalAsync() => JournalAsync("public", "installation");

    public async Task<NpgsqlConnection> OpenAsync(string? database = null)
    {
        var connection = new NpgsqlConnection(database ?? Database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>A digest of the database: definitions and rows of everything in the given schema, but for the journal.</summary>
    public async Task<string> DigestAsync(string schema)
    {
        var columns = await QueryAsync($"""
            SELECT table_name || '.' || column_name || ':' || data_type || ':' || is_nullable || ':' || coalesce(column_default, '')
            FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name <> 'krang_upgrade_journal' ORDER BY 1
            """);
        var tables = await QueryAsync($"""
            SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name <> 'krang_upgrade_journal'
              AND table_type = 'BASE TABLE' ORDER BY 1
            """);
        List<string> rows = [];
        foreach (var table in tables)
        {
            var place = $"{PostgresName.Quote(schema)}.{PostgresName.Quote(table)}";
            rows.AddRange(await QueryAsync($"SELECT '{table}: ' || t::text FROM {place} t ORDER BY 1"));
        }
        return string.Join('\n', [.. columns, .. rows]);
    }

    private async Task<List<string>> JournalAsync(string schema, string scope)
    {
        var journal = await QueryAsync($"SELECT 1 FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'krang_upgrade_journal'");
        if (journal is []) return [];
        return await QueryAsync($"""
            SELECT concat_ws(' ', nullif(component, ''), version, state, nullif(module, ''), CASE WHEN by_hand THEN 'by hand' END)
            FROM {PostgresName.Quote(schema)}.krang_upgrade_journal WHERE scope = '{scope}' ORDER BY started_at, version
            """);
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
