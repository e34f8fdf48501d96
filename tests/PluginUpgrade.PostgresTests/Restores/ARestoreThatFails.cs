using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>B5: what goes wrong in the middle leaves the target as it was, and says so.</summary>
public class ARestoreThatFails(TestServer server)
{
    [Fact]
    public async Task B5_for_lack_of_a_row_elsewhere_changes_nothing_there_and_restores_the_others()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE SCHEMA around; CREATE TABLE around.kind (id integer PRIMARY KEY); INSERT INTO around.kind VALUES (1);
            CREATE TABLE acme.owned (kind integer REFERENCES around.kind); INSERT INTO acme.owned VALUES (1);
            """);
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync(
            "DROP TABLE acme.owned; DELETE FROM around.kind; DELETE FROM globex.story; INSERT INTO acme.story VALUES (-1, '')");
        var before = await DumpText.OfAsync(installation.Database, "acme");

        var result = await installation.RunAsync("restore", "--yes");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("error KU-7050 acme: It could not be restored: ", result.Error);
        Assert.Contains("violates foreign key constraint", result.Error);
        Assert.Contains("failed: 1 target, unchanged", result.Error);
        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
        Assert.Equal(["1000"], await installation.QueryAsync("SELECT count(*) FROM globex.story"));
        await installation.ExecuteAsync("INSERT INTO around.kind VALUES (1)");
        await installation.SucceedsAsync("restore", "acme", "--yes");
        Assert.Equal(["1000"], await installation.QueryAsync("SELECT count(*) FROM acme.story"));
    }

    [Nightly]
    [Fact]
    public async Task B5_over_a_damaged_archive_whose_manifest_was_rewritten_changes_nothing()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("DELETE FROM acme.story WHERE id > 10");
        var before = await DumpText.OfAsync(installation.Database);
        var archive = Directory.GetFiles(RestoresThatAreRefused.Folder(installation), "*.dump").Single();
        var whole = await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken);
        var failed = 0;
        for (var part = 1; part < 10; part++)
        {
            // The rows lie behind the table of contents, compressed.
            var bytes = whole.ToArray();
            bytes.AsSpan(bytes.Length * part / 10, 200).Fill((byte)part);
            await File.WriteAllBytesAsync(archive, bytes, TestContext.Current.CancellationToken);
            RestoresThatAreRefused.Rewrite(installation);

            var result = await installation.RunAsync("restore", "acme", "--yes");

            Refusal.IsForPeople(result);
            if (result.ExitCode == 0)
            {
                // The damage lay in another's rows.
                Assert.Equal(["1000"], await installation.QueryAsync("SELECT count(*) FROM acme.story"));
                await installation.ExecuteAsync("DELETE FROM acme.story WHERE id > 10");
                continue;
            }
            failed++;
            Assert.Matches("KU-7050|KU-7035", result.Error);
            Assert.Equal(before, await DumpText.OfAsync(installation.Database));
        }
        Assert.True(failed > 1, "the damage was never met");
    }

    [Nightly]
    [Fact]
    public async Task Stops_waiting_for_an_application_that_keeps_a_table_to_itself()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:00.5" };
        await installation.SucceedsAsync("save");
        await using var application = await installation.OpenAsync();
        await using var hold = new Npgsql.NpgsqlCommand("BEGIN; SELECT * FROM acme.story LIMIT 1", application);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var result = await installation.RunAsync("restore", "acme", "--yes");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("lock timeout", result.Error);
    }

    [Fact]
    public async Task Is_rolled_back_by_the_second_Ctrl_C_and_said_to_be()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:01:00" };
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("DELETE FROM acme.story WHERE id > 10");
        var before = await DumpText.OfAsync(installation.Database, "acme");
        await using var application = await installation.OpenAsync();
        await using var hold = new Npgsql.NpgsqlCommand("BEGIN; SELECT * FROM acme.story LIMIT 1", application);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var host = installation.Start("restore", "acme", "--yes");
        await host.SaysAsync("stage 1/1");
        while (await installation.QueryAsync(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") is [])
            await Task.Delay(50, TestContext.Current.CancellationToken);

        host.Signal("INT");
        await host.SaysAsync("Stopping");
        host.Signal("INT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Contains("acme restore: cancelled and rolled back", result.Error);
        await application.CloseAsync();
        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        foreach (var schema in new[] { "acme", "globex" })
            await installation.ExecuteAsync($"""
                CREATE TABLE {schema}.story (id integer PRIMARY KEY, told text);
                INSERT INTO {schema}.story SELECT i, md5(i::text) FROM generate_series(1, 1000) AS i
                """);
        return installation;
    }
}
