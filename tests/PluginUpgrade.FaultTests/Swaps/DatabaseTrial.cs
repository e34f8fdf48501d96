using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>The instance is a whole database.</summary>
internal sealed class DatabaseTrial : SwapTrial
{
    private const string LiveSql = """
        CREATE TABLE item (id bigserial PRIMARY KEY, name text NOT NULL);
        INSERT INTO item (name) SELECT 'item ' || i FROM generate_series(1, 100) i
        """;

    private const string BuildSql = """
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
        INSERT INTO item SELECT i, 'item ' || i, length('item ' || i) FROM generate_series(1, 100) i
        """;

    private readonly string _name = $"acme{Guid.NewGuid():N}"[..20];

    private DatabaseTrial(TestInstallation installation) : base(installation) => Connect(null);

    /// <param name="module">Of tests/Modules: Beside or AcrossDatabases.</param>
    public static async Task<SwapTrial> CreateAsync(TestServer server, string module) =>
        new DatabaseTrial(await InstallAsync(server, module, BuildSql));

    protected override string IsOwnDatabase => $"datname = current_database() OR datname LIKE '{_name}%'";

    protected override async Task ResetAsync()
    {
        NpgsqlConnection.ClearAllPools();
        foreach (var end in new[] { "", "__next", "__before", "__failed" })
            await Installation.ExecuteAsync($"DROP DATABASE IF EXISTS {_name}{end} WITH (FORCE)");
        await Installation.ExecuteAsync($"CREATE DATABASE {_name}");
        await Installation.ExecuteAsync(LiveSql, At(""));
    }

    public override void Connect(CuttingProxy? proxy) => Installation.Settings["Instances"] = new JsonObject
    {
        ["acme"] = new JsonObject
        {
            ["Database"] = $"Database={_name}{(proxy is null ? "" : $";Host=127.0.0.1;Port={proxy.Port}")}",
        },
    };

    private string At(string end) =>
        new NpgsqlConnectionStringBuilder(Installation.Database) { Database = $"{_name}{end}", Pooling = false }.ConnectionString;

    public override async Task<IReadOnlyList<string>> CheckAsync(bool isDone)
    {
        List<string> wrong = [];
        var databases = await Installation.QueryAsync($"SELECT datname FROM pg_database WHERE datname LIKE '{_name}%' ORDER BY 1");
        if (!databases.Contains(_name)) return [$"No database is live: {string.Join(", ", databases)}"];
        var isNew = await Installation.QueryAsync("""
            SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('public.item') AND attname = 'length' AND NOT attisdropped
            """, At("")) is not [];
        var journal = await JournalAsync("");
        if (journal.Contains("2.0 done") != isNew)
            wrong.Add($"The live side is {(isNew ? "new" : "old")}, its journal says {string.Join(", ", journal)}");
        if (isDone && !isNew) wrong.Add("The old side is live after the upgrade.");
        if (!journal.Contains("1.7 baseline")) wrong.Add("The journal has lost its first row.");
        if (isNew != databases.Contains($"{_name}__before")) wrong.Add($"Databases: {string.Join(", ", databases)}");
        foreach (var side in isNew ? new[] { "", "__before" } : [""])
            if (await Installation.QueryAsync("SELECT count(*) || ' ' || sum(id) FROM item", At(side)) is not ["100 5050"])
                wrong.Add($"'{side}' has not all of its items.");
        if (isNew && await Installation.QueryAsync("SELECT 1 FROM item WHERE length <> length(name)", At("")) is not [])
            wrong.Add("The new side is wrong.");
        if (isNew && await Installation.QueryAsync("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal", At("")) is { Count: > 0 } left)
            wrong.Add($"Recording is left: {string.Join(", ", left)}");
        // Nobody waits any longer.
        await Installation.ExecuteAsync("INSERT INTO item SELECT * FROM item WHERE false", At(""));
        return wrong;
    }

    private Task<List<string>> JournalAsync(string end) => Installation.QueryAsync(
        "SELECT version || ' ' || state FROM krang_upgrade_journal WHERE scope = 'instance' ORDER BY started_at", At(end));
}
