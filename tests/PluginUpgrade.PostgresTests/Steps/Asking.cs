using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Steps;

/// <summary>An installation with the modules of tests/Modules/Asking: what each version does is said here.</summary>
internal static class Asking
{
    public static async Task<TestInstallation> CreateAsync(TestServer server, params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances is [] ? ["acme"] : instances);
        installation.DropBuilt(BuiltFiles.TestModule("Asking"), "Asking");
        await installation.ExecuteAsync("CREATE SCHEMA told; CREATE TABLE told.seen (value text)");
        installation.Settings["Modules"] = new JsonObject();
        return installation;
    }

    /// <param name="version">As <c>V1_001</c>.</param>
    /// <param name="how">Do, Deaf, Prepare, Read, Odd.</param>
    public static TestInstallation Let(
        this TestInstallation installation, string version, string how, string what, string hook = "Instance")
    {
        var modules = installation.Settings["Modules"]!.AsObject();
        var module = modules[version] as JsonObject;
        if (module is null) modules[version] = module = [];
        if (module[hook] is null) module[hook] = new JsonObject();
        module[hook]![how] = what;
        return installation;
    }

    public static void Run(this TestInstallation installation, string setting, JsonNode value)
    {
        if (installation.Settings["Run"] is null) installation.Settings["Run"] = new JsonObject();
        installation.Settings["Run"]![setting] = value;
    }

    public static Task<List<string>> SeenAsync(this TestInstallation installation) =>
        installation.QueryAsync("SELECT value FROM told.seen ORDER BY ctid");

    /// <summary>Fails the step unless the expression is true.</summary>
    public static string Demand(string expression) => $"DO $$BEGIN IF NOT ({expression}) THEN RAISE EXCEPTION 'left behind'; END IF; END$$";

    public static async Task DoneAsync(this TestInstallation installation, params string[] arguments)
    {
        var result = await installation.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{result}");
    }
}
