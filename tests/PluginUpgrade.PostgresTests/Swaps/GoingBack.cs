using PluginUpgrade.Databases;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What <c>rollback</c> does to instances of which the former schema is kept.</summary>
public class GoingBack(TestServer server)
{
    [Fact]
    public async Task T5_Puts_the_old_schema_back_and_keeps_the_new_one_for_study()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        var (live, before) = (await Exchanged.OidAsync(installation, "acme"), await Exchanged.OidAsync(installation, "acme__before"));
        await installation.ExecuteAsync("COMMENT ON SCHEMA acme IS 'as it is now'");

        var result = await installation.SucceedsAsync("rollback", "acme", "--yes");

        Assert.Contains("acme: back to 1.7; undoes 2.0", result.Error);
        Assert.Contains("program files stay as they are", result.Error);
        Assert.Contains($"purge acme --root {installation.Root}", result.Output);
        Assert.Equal(before, await Exchanged.OidAsync(installation, "acme"));
        Assert.Equal(live, await Exchanged.OidAsync(installation, "acme__failed"));
        Assert.Equal("none", await Exchanged.OidAsync(installation, "acme__before"));
        Assert.Equal(["V1_7"], await Exchanged.TitlesAsync(installation, "acme"));
        Assert.Equal((null, Exchanged.FormerComment), await Exchanged.CommentAsync(installation, "acme"));
        var (note, former) = await Exchanged.CommentAsync(installation, "acme__failed");
        Assert.Equal((KeptKind.Failed, "2.0", "1.7", "as it is now"), (note!.Kind, note.Version, note.Other, former));
        Assert.Equal(["V2_0"], (await Exchanged.TitlesAsync(installation, "globex")).Skip(1));
    }

    [Fact]
    public async Task The_next_upgrade_runs_the_undone_module_again()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        using (var host = installation.Start(["rollback", "acme", "--yes"], new Dictionary<string, string?> { ["KRANG_USER"] = "anna" }))
            Assert.Equal(0, (await host.EndAsync()).ExitCode);

        Assert.Equal(["1.7 done V1_7", "2.0 failed V2_0"], await installation.JournalAsync("acme"));
        Assert.Equal(
            $"rolled back by anna on {Environment.MachineName}",
            await Exchanged.OneAsync(installation, "SELECT error FROM acme.krang_upgrade_journal WHERE version = '2.0'"));
        Assert.Equal("2.0", $"{(await installation.RunJsonAsync("status", "acme")).Document["targets"]![0]!["pending"]![0]}");
        await installation.SucceedsAsync("upgrade", "acme", "--to", "2.0");
        Assert.Equal(["1.7 done V1_7", "2.0 done V2_0"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task Names_everything_later_that_is_undone_and_how_much_was_written()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        installation.Drop(
            new ModuleSource("V2_1") { PerInstance = "SELECT 1" },
            new ModuleSource("T1_01") { Version = "1.01", Component = "Turbo", PerInstance = "SELECT 1" });
        await installation.SucceedsAsync("upgrade", "acme");
        await installation.ExecuteAsync("INSERT INTO acme.story (title) SELECT 'new' FROM generate_series(1, 300)");
        while ((await PlanAsync(installation))["aboutRowsWritten"]!.GetValue<long>() < 300)
            await Task.Delay(50, TestContext.Current.CancellationToken);

        var plan = await PlanAsync(installation);

        Assert.Equal("2.0, 2.1", string.Join(", ", plan["undone"]!.AsArray()));
        Assert.Equal("Turbo 1.01", $"{plan["undoneBesides"]![0]}");
        var result = await installation.SucceedsAsync("rollback", "acme", "--dry-run");
        Assert.Contains("undoes 2.0, 2.1, Turbo 1.01", result.Output);
        Assert.Contains("about 300, by the server's statistics", result.Output);
    }

    /// <summary>Statistics lag, and are reset.</summary>
    [Theory]
    [InlineData(0, "statistics show none so far, which can lag")]
    [InlineData(1_000_000, "is unknown")]
    public async Task Never_says_that_nothing_was_written(long more, string told)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        if (more > 0) await Exchanged.NoteAsync(installation, "acme", note => note with { Written = note.Written + more });

        Assert.Contains(told, (await installation.SucceedsAsync("rollback", "acme", "--dry-run")).Output);
    }

    [Fact]
    public async Task Takes_back_the_tables_that_were_carried_with_what_depends_on_them()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync("""
            CREATE TABLE acme.big (id serial PRIMARY KEY, body text); INSERT INTO acme.big (body) VALUES ('kept');
            CREATE VIEW public.overview AS SELECT body FROM acme.big
            """);
        await CarriedAsync(installation, "big");

        await installation.SucceedsAsync("rollback", "acme", "--yes");

        Assert.Equal(["kept"], await installation.QueryAsync("SELECT body FROM acme.big"));
        Assert.Equal(["kept"], await installation.QueryAsync("SELECT body FROM public.overview"));
        Assert.Equal("2", await Exchanged.OneAsync(installation, "INSERT INTO acme.big (body) VALUES ('more') RETURNING id::text"));
    }

    [Fact]
    public async Task Goes_back_and_forth_twice()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        for (var time = 0; time < 2; time++)
        {
            await installation.SucceedsAsync("rollback", "acme", "--yes");
            Assert.Equal(["V1_7"], await Exchanged.TitlesAsync(installation, "acme"));
            await installation.SucceedsAsync("purge", "acme", "--yes");
            await Exchanged.ExchangeAsync(installation, "acme");
        }
        Assert.Equal(["V1_7", "V2_0"], await Exchanged.TitlesAsync(installation, "acme"));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        await installation.SucceedsAsync("rollback", "acme", "globex", "--dry-run");

        Assert.Equal(before, await installation.SnapshotAsync());
    }

    /// <summary>The hash of a carried table is what the check itself computes: it is read from the refusal's opposite, a dry run.</summary>
    internal static async Task CarriedAsync(TestInstallation installation, params string[] tables)
    {
        await using var connection = await installation.OpenAsync();
        var shape = await PluginUpgrade.Swaps.SchemaDigest.OfTablesAsync(
            connection, "acme", tables, TestContext.Current.CancellationToken);
        await Exchanged.NoteAsync(installation, "acme", note => note with { Carried = tables, Shape = shape });
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> PlanAsync(TestInstallation installation) =>
        (await installation.RunJsonAsync("rollback", "acme", "--dry-run")).Document["targets"]![0]!;
}
