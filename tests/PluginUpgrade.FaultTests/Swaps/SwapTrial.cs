using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// One instance at 1.7 with a hundred items, and a module that builds 2.0 beside it: the place of one trial after another. The checker
/// reads what it needs itself: exactly one live schema, whole, of one side.
/// </summary>
internal sealed class SwapTrial : IAsyncDisposable
{
    private const string LiveSql = """
        DROP SCHEMA IF EXISTS acme CASCADE; DROP SCHEMA IF EXISTS acme__next CASCADE;
        DROP SCHEMA IF EXISTS acme__before CASCADE; DROP SCHEMA IF EXISTS acme__failed CASCADE;
        CREATE SCHEMA acme; CREATE TABLE acme.item (id bigserial PRIMARY KEY, name text NOT NULL);
        INSERT INTO acme.item (name) SELECT 'item ' || i FROM generate_series(1, 100) i;
        GRANT SELECT ON acme.item TO pg_monitor
        """;

    private readonly TestInstallation _installation;

    private SwapTrial(TestInstallation installation) => _installation = installation;

    /// <param name="module">Of tests/Modules: Beside or BesideFollowing.</param>
    public static async Task<SwapTrial> CreateAsync(TestServer server, string module)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        installation.Settings["Modules"] = new JsonObject
        {
            ["V2_000"] = module != "Beside" ? [] : new JsonObject
            {
                ["Build"] = """
                    CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
                    CREATE SEQUENCE item_id_seq OWNED BY item.id;
                    INSERT INTO item SELECT id, name, length(name) FROM {live}.item
                    """,
                ["Drain"] = "SELECT 1",
            },
        };
        installation.Settings["Run"] = new JsonObject { ["CatchUpWithin"] = "10s" };
        var trial = new SwapTrial(installation);
        await installation.ExecuteAsync(LiveSql);
        var known = await installation.RunAsync("baseline", "1.7");
        Assert.True(known.ExitCode == 0, $"{known}");
        return trial;
    }

    /// <summary>Everything as before the first trial; the installation's journal too.</summary>
    public async Task BeginAnewAsync()
    {
        _installation.Defect = null;
        Connect(null);
        await UntilFreeAsync();
        await _installation.ExecuteAsync($"{LiveSql}; DELETE FROM public.krang_upgrade_journal WHERE version <> '1.7'");
        var begun = await _installation.RunAsync("baseline", "1.7", "--instance", "acme");
        Assert.True(begun.ExitCode == 0, $"{begun}");
    }

    /// <summary>Makes krang-upgrade reach the instance through a proxy; null: directly.</summary>
    public void Connect(CuttingProxy? proxy)
    {
        var acme = _installation.Settings["Instances"]!["acme"]!.AsObject();
        if (proxy is null) acme.Remove("Database");
        else acme["Database"] = $"Host=127.0.0.1;Port={proxy.Port}";
    }

    public async Task<HostResult> UpgradeAsync(IReadOnlyDictionary<string, string?>? faults = null)
    {
        _installation.Defect = faults is null ? null : "none";
        using var host = _installation.Start(["--yes", "--Run:LockTimeout=00:00:20"], faults);
        return await host.EndAsync();
    }

    /// <summary>The same command again; before that, what a failure kept for study is purged.</summary>
    public async Task<HostResult> ResumeAsync()
    {
        var end = await UpgradeAsync();
        if (end.ExitCode != 2 || !end.Error.Contains("purge acme", StringComparison.Ordinal)) return end;
        var purged = await _installation.RunAsync("purge", "acme", "--yes");
        return purged.ExitCode == 0 ? await UpgradeAsync() : purged;
    }

    /// <summary>The server notices after a moment that its client is gone.</summary>
    public async Task UntilFreeAsync()
    {
        while (await _installation.QueryAsync("""
            SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %' AND datname = current_database()
            """) is not [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <returns>What is wrong; empty: exactly one live schema, whole, of one side.</returns>
    /// <param name="isDone">Whether it must be the new one.</param>
    public async Task<IReadOnlyList<string>> CheckAsync(bool isDone)
    {
        List<string> wrong = [];
        var schemas = await _installation.QueryAsync("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'acme%' ORDER BY 1");
        if (!schemas.Contains("acme")) return [$"No schema is live: {string.Join(", ", schemas)}"];
        var isNew = await _installation.QueryAsync("""
            SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('acme.item') AND attname = 'length' AND NOT attisdropped
            """) is not [];
        var journal = await _installation.JournalAsync("acme");
        var says = journal.Contains("2.0 done V2_000");
        if (says != isNew) wrong.Add($"The live side is {(isNew ? "new" : "old")}, its journal says {string.Join(", ", journal)}");
        if (isDone && !isNew) wrong.Add("The old side is live after the upgrade.");
        if (!journal.Contains("1.7 baseline")) wrong.Add("The journal has lost its first row.");
        if (isNew != schemas.Contains("acme__before")) wrong.Add($"Schemas: {string.Join(", ", schemas)}");
        foreach (var side in isNew ? new[] { "acme", "acme__before" } : ["acme"])
            if (await _installation.QueryAsync($"SELECT count(*) || ' ' || sum(id) FROM {side}.item") is not ["100 5050"])
                wrong.Add($"{side} has not all of its items.");
        if (isNew && await _installation.QueryAsync("SELECT 1 FROM acme.item WHERE length <> length(name)") is not [])
            wrong.Add("The new side is wrong.");
        if (isNew && (await _installation.JournalAsync("acme__before")).Any(row => row.StartsWith("2.0 running", StringComparison.Ordinal)))
            wrong.Add("The kept journal has a running row.");
        if (isNew && await _installation.QueryAsync("""
            SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
            UNION SELECT relname FROM pg_class WHERE relname LIKE 'krang_upgrade_capture%'
            """) is { Count: > 0 } left) wrong.Add($"Recording is left: {string.Join(", ", left)}");
        // Nobody waits any longer.
        await _installation.ExecuteAsync("INSERT INTO acme.item SELECT * FROM acme.item WHERE false");
        return wrong;
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();
}
