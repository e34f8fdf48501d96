using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>The second example after a failure and after its success: back to 1.7, and forward again.</summary>
public class AReplicaCatalogueGoesBack(TestServer server)
{
    private Task<TestInstallation> CreateAsync() => ReplicaCatalogue.CreateAsync(server);

    /// <summary>The failure is the server's, in the middle of the build.</summary>
    [Fact]
    public async Task T5_a_failure_leaves_the_old_catalogue_and_keeps_the_new_one_for_study()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no views today'; END$$;
            CREATE EVENT TRIGGER no_views ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION public.refuse()
            """);

        var failed = await installation.RunAsync("--yes");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("no views today", failed.Error);
        Assert.Contains("catalogue__failed", failed.Error);
        await ReplicaCatalogue.IsOldAsync(installation);
        Assert.Equal(["1.007 done V1_007", "2.000 failed V2_000"], await installation.JournalAsync("catalogue"));
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM catalogue__failed.replicated_table"));
        Assert.Contains("catalogue__failed", (await installation.SucceedsAsync("status", "--no-color")).Output);

        await installation.ExecuteAsync("DROP EVENT TRIGGER no_views");
        var refused = await installation.RunAsync("--yes");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"krang-upgrade purge catalogue --root {installation.Root}", refused.Error);

        await installation.SucceedsAsync("purge", "catalogue", "--yes");
        await installation.SucceedsAsync("--yes");
        await ReplicaCatalogue.IsNewAsync(installation);
    }

    [Theory]
    [InlineData("catalogue__before")]
    [InlineData("catalogue__failed")]
    public async Task T6_a_schema_with_a_name_that_is_needed_is_refused_before_anything(string schema)
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync($"CREATE SCHEMA {schema}; CREATE TABLE {schema}.mine ()");
        var before = await installation.SnapshotAsync();

        var refused = await installation.RunAsync("--yes");

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(schema, refused.Error);
        installation.WriteSettings();
        Assert.Equal(before.Split("/krang-upgrade.json")[0], (await installation.SnapshotAsync()).Split("/krang-upgrade.json")[0]);
        await installation.ExecuteAsync($"ALTER SCHEMA {schema} RENAME TO mine");
        await installation.SucceedsAsync("--yes");
        await ReplicaCatalogue.IsNewAsync(installation);
    }

    [Fact]
    public async Task T7_the_old_catalogue_is_kept_until_it_is_purged_with_approval()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("--yes");
        Assert.Contains("catalogue__before", (await installation.SucceedsAsync("status", "--no-color")).Output);

        await installation.RefusesAsync(["KU-1107"], "purge", "catalogue");
        Assert.Equal(["3"], await installation.QueryAsync("SELECT count(*) FROM catalogue__before.source"));
        await installation.SucceedsAsync("purge", "catalogue", "--yes");

        Assert.Empty(await installation.QueryAsync("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'catalogue\\_\\_%'"));
        await ReplicaCatalogue.IsNewAsync(installation);
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--yes")).Output);
        await installation.RefusesAsync(["KU-8051"], "rollback", "catalogue", "--yes");
    }

    /// <summary>What the old program stores after it came back is replayed by the second try.</summary>
    [Fact]
    public async Task T8_back_and_forward_twice_in_a_row()
    {
        await using var installation = await CreateAsync();
        for (var time = 1; time <= 2; time++)
        {
            await installation.SucceedsAsync("--yes");
            await ReplicaCatalogue.IsNewAsync(installation);
            await installation.SucceedsAsync("rollback", "catalogue", "--yes");
            await ReplicaCatalogue.IsOldAsync(installation);
            await installation.ExecuteAsync($$"""
                WITH more AS (INSERT INTO catalogue.batch (source_id, log_file, log_position) VALUES (3, 9, {{time}}) RETURNING batch_id)
                INSERT INTO catalogue.log_row (batch_id, table_id, added) SELECT batch_id, 4, '{"id": {{time}}}' FROM more
                """);
            await installation.SucceedsAsync("purge", "catalogue", "--yes");
        }
        await installation.SucceedsAsync("--yes");
        await ReplicaCatalogue.IsNewAsync(installation);
        Assert.Equal(["1", "2"], await installation.QueryAsync("SELECT id FROM crm.person ORDER BY id"));
        Assert.Equal(["7:900 9:2"], await installation.QueryAsync("""
            SELECT format('%s:%s %s:%s', start_file, start_position, consistent_file, consistent_position)
            FROM catalogue.source JOIN catalogue.batch USING (source_id)
            """));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--yes")).Output);
    }

    /// <summary>
    /// T13 of the program that this case is from is about scripts in a folder, called with arguments, whose names must fit a pattern. Here
    /// the operator's hooks are commands of the settings: there is no folder, and so no rule for names; what they are told comes in
    /// variables.
    /// </summary>
    [Fact]
    public async Task T11_T13_a_hook_that_fails_is_an_exit_code_and_the_same_command_works_without_it()
    {
        await using var installation = await CreateAsync();
        string Writing(string name) => $"echo {name} $KRANG_OUTCOME >> \"$KRANG_ROOT/hooks\"; test -n \"$KRANG_RUN\"";
        installation.Settings["Hooks"] = new JsonObject { ["Before"] = "exit 3", ["After"] = Writing("after") };
        var refused = await installation.RunAsync("--yes");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("KU-3240", refused.Error);
        Assert.Equal(["26"], await installation.QueryAsync("SELECT count(*) FROM catalogue.batch WHERE replayed_at IS NULL"));

        installation.Settings["Hooks"] = new JsonObject { ["Before"] = Writing("before"), ["After"] = Writing("after") + " && exit 3" };
        var failed = await installation.RunAsync("--yes");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("KU-5040", failed.Error);
        await ReplicaCatalogue.IsNewAsync(installation);
        Assert.Equal(["before", "after done"], (await File.ReadAllLinesAsync(
            Path.Combine(installation.Root, "hooks"), TestContext.Current.CancellationToken)).Select(line => line.Trim()));

        installation.Settings.Remove("Hooks");
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--yes")).Output);
    }
}
