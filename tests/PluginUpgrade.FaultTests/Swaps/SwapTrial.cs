using System.Text.Json.Nodes;
using PluginUpgrade.FaultTests.Proxies;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// One instance at 1.7 with a hundred items, and a module that builds 2.0 beside it: the place of one trial after another. The checker
/// reads what it needs itself: exactly one live side, whole.
/// </summary>
internal abstract class SwapTrial(TestInstallation installation) : IAsyncDisposable
{
    protected TestInstallation Installation => installation;

    public static async Task<SwapTrial> CreateAsync(TestServer server, string module, bool isDatabase = false) =>
        isDatabase ? await DatabaseTrial.CreateAsync(server, module) : await SchemaTrial.CreateAsync(server, module);

    /// <param name="build">The SQL of the module Beside.</param>
    protected static async Task<TestInstallation> InstallAsync(TestServer server, string module, string build, params string[] schemas)
    {
        var installation = await TestInstallation.CreateAsync(server, schemas);
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        installation.Settings["Modules"] = new JsonObject
        {
            ["V2_000"] = module != "Beside" ? [] : new JsonObject { ["Build"] = build, ["Drain"] = "SELECT 1" },
        };
        installation.Settings["Run"] = new JsonObject { ["CatchUpWithin"] = "10s" };
        return installation;
    }

    /// <summary>Everything as before the first trial; the installation's journal too.</summary>
    public async Task BeginAnewAsync()
    {
        Installation.Defect = null;
        Connect(null);
        await UntilFreeAsync();
        await ResetAsync();
        await Installation.ExecuteAsync("""
            DO $$ BEGIN DELETE FROM public.krang_upgrade_journal WHERE version <> '1.7';
            EXCEPTION WHEN undefined_table THEN NULL; END $$
            """);
        var begun = await Installation.RunAsync("baseline", "1.7");
        Assert.True(begun.ExitCode == 0, $"{begun}");
    }

    /// <summary>A condition of <c>datname</c>.</summary>
    protected virtual string IsOwnDatabase => "datname = current_database()";

    /// <summary>The live side anew, and nothing beside it.</summary>
    protected abstract Task ResetAsync();

    /// <summary>Makes krang-upgrade reach the instance through a proxy; null: directly.</summary>
    public abstract void Connect(CuttingProxy? proxy);

    /// <param name="isDone">Whether it must be the new one.</param>
    /// <returns>What is wrong; empty: exactly one live side, whole.</returns>
    public abstract Task<IReadOnlyList<string>> CheckAsync(bool isDone);

    public async Task<HostResult> UpgradeAsync(IReadOnlyDictionary<string, string?>? faults = null)
    {
        Installation.Defect = faults is null ? null : "none";
        using var host = Installation.Start(["--yes", "--Run:LockTimeout=00:00:20"], faults);
        return await host.EndAsync();
    }

    /// <summary>The same command again; before that, what a failure kept for study is purged.</summary>
    public async Task<HostResult> ResumeAsync()
    {
        var end = await UpgradeAsync();
        if (end.ExitCode != 2 || !end.Error.Contains("purge acme", StringComparison.Ordinal)) return end;
        var purged = await Installation.RunAsync("purge", "acme", "--yes");
        return purged.ExitCode == 0 ? await UpgradeAsync() : purged;
    }

    /// <summary>The server notices after a moment that its client is gone.</summary>
    public async Task UntilFreeAsync()
    {
        while (await Installation.QueryAsync($"""
            SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'krang-upgrade %' AND ({IsOwnDatabase})
            """) is not [])
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => installation.DisposeAsync();
}
