using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Declared;

/// <summary>With a limit of one byte, every table with a row is large: the step has phases.</summary>
public class LargeTables(TestServer server)
{
    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await WikiInstallation.CreateOldAsync(server);
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        return installation;
    }

    [Fact]
    public async Task Are_changed_in_phases()
    {
        await using var installation = await CreateAsync();
        Assert.Contains("in phases", (await installation.SucceedsAsync("plan")).Output);
        await installation.SucceedsAsync("--yes");
        await installation.IsNewAsync();
        Assert.Contains("no difference", (await installation.SucceedsAsync("schema", "check")).Output);
    }

    /// <summary>It is observed on an empty copy, and not guessed from the types' names.</summary>
    [Fact]
    public async Task Rule_11_Are_not_written_anew_unless_the_declaration_says_so()
    {
        await using var installation = await CreateItemsAsync();
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        var before = await installation.DigestAsync("acme");
        foreach (var verb in (string[])["plan", "upgrade"])
        {
            var refused = await installation.RunAsync(verb, "--to", "1.1");
            Assert.True(refused.ExitCode == 2 && refused.Error.Contains("KU-4046", StringComparison.Ordinal), $"{refused}");
        }
        Assert.Equal(before, await installation.DigestAsync("acme"));

        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "10MB" };
        await installation.SucceedsAsync("--to", "1.1", "--yes");
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        await installation.SucceedsAsync("--to", "1.2", "--yes");
        Assert.Equal(
            ["1.0 done WidenedSchema", "1.1 done WidenedSchema", "1.2 done WidenedSchema"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Are_filled_in_batches_where_that_is_declared()
    {
        await using var installation = await CreateItemsAsync();
        await installation.SucceedsAsync("--to", "1.2", "--yes");
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        await installation.SucceedsAsync("--to", "1.3", "--yes");
        Assert.Equal(["1"], await installation.QueryAsync("SELECT count(token) FROM acme.item"));
        await installation.SucceedsAsync("schema", "check");
    }

    /// <summary>A table must not count as small because nobody could find out what would happen to it.</summary>
    [Fact]
    public async Task Are_not_changed_where_it_cannot_be_found_out_how()
    {
        await using var installation = await CreateItemsAsync();
        await installation.SucceedsAsync("--to", "1.1", "--yes");
        var role = $"owner_{Guid.NewGuid():N}";
        await installation.ExecuteAsync($"""
            CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}; ALTER SCHEMA acme OWNER TO {role};
            GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
            ALTER TABLE acme.item OWNER TO {role}; ALTER TABLE acme.krang_upgrade_journal OWNER TO {role}
            """);
        installation.Settings["Installation"]!["Database"] =
            new Npgsql.NpgsqlConnectionStringBuilder(installation.Database) { Username = role }.ConnectionString;
        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "1B" };
        var before = await installation.DigestAsync("acme");
        var refused = await installation.RunAsync("upgrade", "acme", "--skip-installation", "--to", "1.2", "--yes");
        Assert.True(refused.ExitCode == 2 && refused.Error.Contains("KU-3260", StringComparison.Ordinal), $"{refused}");
        Assert.Equal(before, await installation.DigestAsync("acme"));

        installation.Settings["Run"] = new JsonObject { ["SmallTable"] = "10MB" };
        await installation.SucceedsAsync("upgrade", "acme", "--skip-installation", "--to", "1.2", "--yes");
    }

    /// <summary>At 1.0 of tests/Modules/Widened, with a row.</summary>
    private async Task<TestInstallation> CreateItemsAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule("Widened"), "Widened");
        await installation.SucceedsAsync("--to", "1.0", "--yes");
        await installation.ExecuteAsync("INSERT INTO acme.item VALUES (1, 2, 'three')");
        return installation;
    }
}
