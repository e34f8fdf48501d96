using Npgsql;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Refusals;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>Asks for what refuses a side-by-side upgrade, over connections that cannot write.</summary>
internal static class Preflights
{
    public static UpgradeModule Module(params string[] carries) => new()
    {
        Version = UpgradeVersion.Parse("2.0"),
        Name = "V2_000",
        TypeName = "V2_000",
        File = "V2_000.dll",
        Sha256 = "",
        BuildsBeside = true,
        Carries = carries,
    };

    public static Target Of(string database, string schema, string? role = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(database) { Options = "-c default_transaction_read_only=on" };
        if (role is not null) builder.Username = role;
        return new Target
        {
            Scope = Scope.Instance,
            Name = schema,
            Database = builder.ConnectionString,
            Schema = schema,
            Server = "test",
            DatabaseName = builder.Database!,
        };
    }

    public static Task<IReadOnlyList<Problem>> FindAsync(UpgradeModule module, params Target[] targets) => FindAsync([module], targets);

    public static async Task<IReadOnlyList<Problem>> FindAsync(UpgradeModule[] modules, params Target[] targets)
    {
        var settings = new ConnectionSettings("tests", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
        using var limits = new ServerLimits(4, settings.Servers);
        StepAction[] actions =
        [
            .. modules.SelectMany(module => (StepAction[])[new BuildBeside(module), new VerifyBuild(module), new SwapSchemas(module)]),
        ];
        var plan = new Plan([new Stage("instances", [.. targets.Select(target => new Lane(target, actions))])]);
        return await new SwapPreflight(settings, limits, 4).FindAsync(plan, TestContext.Current.CancellationToken);
    }
}
