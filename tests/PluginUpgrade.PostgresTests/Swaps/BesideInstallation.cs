using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>An installation whose instance <c>acme</c> is at 1.7 with a table <c>item</c>, and a module that builds 2.0 beside it.</summary>
internal static class BesideInstallation
{
    public const string Build = """
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
        INSERT INTO item SELECT id, name, length(name) FROM {live}.item
        """;

    /// <param name="module">Beside (writers wait), or BesideFollowing (they do not).</param>
    public static async Task<TestInstallation> CreateAsync(TestServer server, string module = "Beside", params string[] instances)
    {
        if (instances.Length == 0) instances = ["acme"];
        var installation = await TestInstallation.CreateAsync(server, instances);
        foreach (var name in instances) await installation.ExecuteAsync(LiveSql(name));
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        // A busy machine may need longer than applications should wait.
        installation.Settings["Run"] = new JsonObject { ["CatchUpWithin"] = "10s" };
        if (module == "Beside") installation.Set("Build", Build);
        var known = await installation.RunAsync("baseline", "1.7");
        Assert.True(known.ExitCode == 0, $"{known}");
        return installation;
    }

    private static string LiveSql(string schema) => $"""
        CREATE TABLE {schema}.item (id bigserial PRIMARY KEY, name text NOT NULL);
        INSERT INTO {schema}.item (name) SELECT 'item ' || i FROM generate_series(1, 1000) i;
        """;

    /// <summary>A setting of the module.</summary>
    public static void Set(this TestInstallation installation, string key, string? value)
    {
        var modules = installation.Settings["Modules"] as JsonObject ?? [];
        installation.Settings["Modules"] ??= modules;
        var own = modules["V2_000"] as JsonObject ?? [];
        modules["V2_000"] ??= own;
        if (value is null) own.Remove(key);
        else own[key] = value;
    }

    public static async Task<HostResult> UpgradesAsync(this TestInstallation installation, params string[] arguments)
    {
        var result = await installation.RunAsync(["--yes", .. arguments]);
        Assert.True(result.ExitCode == 0, $"{result}");
        return result;
    }

    public static async Task<HostResult> FailsAsync(this TestInstallation installation, string code, params string[] arguments)
    {
        var result = await installation.RunAsync(["--yes", .. arguments]);
        Assert.True(result.ExitCode == 1 && result.Error.Contains(code, StringComparison.Ordinal), $"{result}");
        return result;
    }

    /// <summary>The schemas of one instance, sorted.</summary>
    public static Task<List<string>> SchemasAsync(this TestInstallation installation, string name = "acme") =>
        installation.QueryAsync($"SELECT nspname FROM pg_namespace WHERE nspname LIKE '{name}%' ORDER BY 1");
}
