using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.Programs;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class InstancesThatDiffer(TestServer server)
{
    [Fact]
    public async Task S7_one_that_lags_behind_catches_up_alone()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("upgrade", "--to", "1.002");
        await installation.ExecuteAsync("CREATE SCHEMA late");
        installation.Settings["Instances"]!["late"] = new JsonObject { ["Schema"] = "late" };
        var others = await OthersAsync();

        await installation.SucceedsAsync("--to", "1.002");

        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("late"));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("late"));
        Assert.Equal(others, await OthersAsync());

        Task<List<string>> OthersAsync() => installation.QueryAsync("""
            SELECT j::text FROM public.krang_upgrade_journal j UNION ALL SELECT c::text FROM public.calls c
            UNION ALL SELECT j::text FROM acme.krang_upgrade_journal j UNION ALL SELECT c::text FROM acme.calls c
            """);
    }

    [Nightly]
    [Fact]
    public async Task S7_one_that_was_restored_from_an_older_state_is_upgraded_again()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        await installation.SucceedsAsync("--to", "1.001");
        var saved = await DumpAsync("acme", installation);
        await installation.SucceedsAsync("--to", "1.003");

        await installation.ExecuteAsync("DROP SCHEMA acme CASCADE");
        await RestoreAsync(installation, saved);
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
        var result = await installation.SucceedsAsync("--from", "1.001", "--to", "1.003");

        Assert.Contains("Done: 2 steps on 1 target", result.Output);
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("globex"));
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.003 done V1_003"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task An_instance_past_the_start_continues_from_its_version()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        await installation.SucceedsAsync("--to", "1.002");

        await installation.SucceedsAsync("--from", "1.001", "--to", "1.003");

        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task An_inactive_instance_is_listed_and_left_alone()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Instances"]!["globex"]!["Active"] = false;

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        Assert.Empty(await installation.CallsAsync("globex"));
        Assert.Empty(await installation.JournalAsync("globex"));
        Assert.Matches(@"(?m)^globex +inactive ", (await installation.SucceedsAsync("status")).Output);
        await installation.RefusesAsync(["KU-1209"], "upgrade", "globex");
    }

    private async Task<string> DumpAsync(string schema, TestInstallation installation)
    {
        var file = Path.Combine(installation.Root, "saved.sql");
        await ClientAsync("pg_dump", installation, "-n", schema, "-f", file);
        return file;
    }

    private Task RestoreAsync(TestInstallation installation, string file) =>
        ClientAsync("psql", installation, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file);

    private async Task ClientAsync(string program, TestInstallation installation, params string[] arguments)
    {
        var address = new NpgsqlConnectionStringBuilder(installation.Database);
        var file = (await server.StartedAsync()).Programs[program];
        // Not those of another version: pg_dump refuses a server that is newer than it.
        Assert.SkipUnless(File.Exists(file), $"{file} is not there: this server came without its client programs.");
        var result = await new ProgramCall
        {
            File = file,
            Arguments = ["-h", address.Host!, "-p", $"{address.Port}", "-U", address.Username!, "-d", address.Database!, .. arguments],
        }.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Said);
    }

    [Nightly]
    [Fact]
    public async Task One_in_the_installations_own_schema_begins_at_nothing_although_the_installation_has_made_tables()
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        installation.Settings["Instances"] = new System.Text.Json.Nodes.JsonObject
        {
            ["own"] = new System.Text.Json.Nodes.JsonObject { ["Schema"] = "public" },
        };
        installation.Drop(new ModuleSource("V1_001")
        {
            PerInstallation = "CREATE TABLE settings ()",
            PerInstance = "CREATE TABLE story ()",
        });
        Assert.Equal(0, (await installation.RunAsync("--installation-only")).ExitCode);

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync());
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("public"));
    }
}
