using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>The instance is a schema.</summary>
internal sealed class SchemaTrial : SwapTrial
{
    private const string LiveSql = """
        DROP SCHEMA IF EXISTS acme CASCADE; DROP SCHEMA IF EXISTS acme__next CASCADE;
        DROP SCHEMA IF EXISTS acme__before CASCADE; DROP SCHEMA IF EXISTS acme__failed CASCADE;
        CREATE SCHEMA acme; CREATE TABLE acme.item (id bigserial PRIMARY KEY, name text NOT NULL);
        INSERT INTO acme.item (name) SELECT 'item ' || i FROM generate_series(1, 100) i;
        GRANT SELECT ON acme.item TO pg_monitor
        """;

    private const string BuildSql = """
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
        CREATE SEQUENCE item_id_seq OWNED BY item.id;
        INSERT INTO item SELECT id, name, length(name) FROM {live}.item
        """;

    private SchemaTrial(TestInstallation installation) : base(installation)
    {
    }

    /// <param name="module">Of tests/Modules: Beside or BesideFollowing.</param>
    public static async Task<SwapTrial> CreateAsync(TestServer server, string module) =>
        new SchemaTrial(await InstallAsync(server, module, BuildSql, "acme"));

    protected override Task ResetAsync() => Installation.ExecuteAsync(LiveSql);

    public override void Connect(CuttingProxy? proxy)
    {
        var acme = Installation.Settings["Instances"]!["acme"]!.AsObject();
        if (proxy is null) acme.Remove("Database");
        else acme["Database"] = $"Host=127.0.0.1;Port={proxy.Port}";
    }

    public override async Task<IReadOnlyList<string>> CheckAsync(bool isDone)
    {
        List<string> wrong = [];
        var schemas = await Installation.QueryAsync("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'acme%' ORDER BY 1");
        if (!schemas.Contains("acme")) return [$"No schema is live: {string.Join(", ", schemas)}"];
        var isNew = await Installation.QueryAsync("""
            SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('acme.item') AND attname = 'length' AND NOT attisdropped
            """) is not [];
        var journal = await Installation.JournalAsync("acme");
        var says = journal.Contains("2.0 done V2_000");
        if (says != isNew) wrong.Add($"The live side is {(isNew ? "new" : "old")}, its journal says {string.Join(", ", journal)}");
        if (isDone && !isNew) wrong.Add("The old side is live after the upgrade.");
        if (!journal.Contains("1.7 baseline")) wrong.Add("The journal has lost its first row.");
        if (isNew != schemas.Contains("acme__before")) wrong.Add($"Schemas: {string.Join(", ", schemas)}");
        foreach (var side in isNew ? new[] { "acme", "acme__before" } : ["acme"])
            if (await Installation.QueryAsync($"SELECT count(*) || ' ' || sum(id) FROM {side}.item") is not ["100 5050"])
                wrong.Add($"{side} has not all of its items.");
        if (isNew && await Installation.QueryAsync("SELECT 1 FROM acme.item WHERE length <> length(name)") is not [])
            wrong.Add("The new side is wrong.");
        if (isNew && (await Installation.JournalAsync("acme__before")).Any(row => row.StartsWith("2.0 running", StringComparison.Ordinal)))
            wrong.Add("The kept journal has a running row.");
        if (isNew && await Installation.QueryAsync("""
            SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
            UNION SELECT relname FROM pg_class WHERE relname LIKE 'krang_upgrade_capture%'
            """) is { Count: > 0 } left) wrong.Add($"Recording is left: {string.Join(", ", left)}");
        // Nobody waits any longer.
        await Installation.ExecuteAsync("INSERT INTO acme.item SELECT * FROM acme.item WHERE false");
        return wrong;
    }
}
