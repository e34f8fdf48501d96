using PluginUpgrade.Postgres;
using PluginUpgrade.Saves;

namespace PluginUpgrade.PostgresTests.Saves;

/// <summary>What would need a large database to come about by itself.</summary>
public class ASaveByTheEngine(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_a_large_database_as_a_directory_by_several_jobs()
    {
        var database = await server.CreateDatabaseAsync();
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        await installation.QueryAsync(
            "CREATE TABLE a AS SELECT 1 AS i; CREATE TABLE b AS SELECT 2 AS i; SELECT lo_from_bytea(7, 'x')", database);
        var target = new Target
        {
            Scope = Scope.Instance,
            Name = "own",
            Database = database,
            Schema = "public",
            Server = "here",
            DatabaseName = "own",
            OwnDatabase = true,
        };
        var setting = new SaveContext
        {
            RunId = Guid.CreateVersion7(),
            Installation = "test",
            Directory = Path.Combine(installation.Root, "data", "upgrade-saves"),
            SchemasPerArchive = 100,
            Parallel = 4,
            PerServer = 4,
            Connection = new ConnectionSettings("krang-upgrade test", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)),
            Time = TimeProvider.System,
        };
        var plan = await new SavePlanner(setting).PlanAsync([target], Token);
        Assert.Equal(0, plan.Archives[0].Jobs);
        plan = plan with { Archives = [plan.Archives[0] with { Jobs = 2, Name = "0001-own.dir" }] };

        var save = await new Saver(setting, _ => { }).TakeAsync(plan, Token);

        Assert.Empty(await SaveFiles.VerifyAsync(Save.Read(save.Folder), Token));
        Assert.True(save.Manifest!.Archives[0].Files.Count >= 4);
        Assert.All(save.Manifest.Archives[0].Files.Where(file => file.Path != save.Manifest.Archives[0].Inventory),
            file => Assert.StartsWith("0001-own.dir/", file.Path));
        Assert.Contains(save.Manifest.Archives[0].Files, file => file.Path == "0001-own.dir.inventory");
        var back = await Saved.ReadBackAsync(server, save, _ => true);
        Assert.Equal(["3"], await installation.QueryAsync("SELECT a.i + b.i FROM a, b WHERE lo_get(7) = 'x'", back));
    }
}
