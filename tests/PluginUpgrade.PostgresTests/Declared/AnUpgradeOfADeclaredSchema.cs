namespace PluginUpgrade.PostgresTests.Declared;

public class AnUpgradeOfADeclaredSchema(TestServer server)
{
    [Fact]
    public async Task J1_J2_J3_J8_Adds_renames_and_removes_around_the_module()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        await installation.SucceedsAsync("--yes");
        await installation.IsNewAsync();
        Assert.Contains("Nothing to do", $"{await installation.SucceedsAsync("--yes")}");
    }

    [Fact]
    public async Task J5_Goes_no_further_than_its_goal()
    {
        await using var installation = await WikiInstallation.CreateAsync(server);
        await installation.SucceedsAsync("--to", "0.0.1", "--yes");
        Assert.Equal(["0.0.1 done WikiSchema"], await installation.JournalAsync("acme"));
        Assert.Equal(["users"], await installation.QueryAsync(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'acme' AND tablename <> 'krang_upgrade_journal'"));
    }

    [Fact]
    public async Task J6_Is_printed_and_changes_nothing()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        var before = await installation.DigestAsync("acme");
        var printed = (await installation.SucceedsAsync("schema", "print", "acme")).Output;
        Assert.Contains("""ALTER TABLE "acme"."users" RENAME COLUMN "zip" TO "postcode";""", printed);
        Assert.Contains("-- V0_6_1 runs", printed);
        Assert.DoesNotContain("CREATE TABLE", printed);
        Assert.Contains("""CREATE TABLE "SCHEMA"."users" """, (await installation.SucceedsAsync("schema", "print")).Output);
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }

    /// <summary>A dry run reports what the driver has sent.</summary>
    [Fact]
    public async Task J6_What_is_printed_is_what_is_sent()
    {
        await using var installation = await WikiInstallation.CreateAsync(server);
        await installation.SucceedsAsync("--to", "0.0.1", "--yes");
        var printed = Statements((await installation.SucceedsAsync("schema", "print", "acme", "--to", WikiInstallation.Old)).Output);
        var sent = Statements((await installation.SucceedsAsync("--dry-run", "--to", WikiInstallation.Old)).Output);
        Assert.Contains("ALTER TABLE", printed);
        Assert.Equal(printed, sent);

        static string Statements(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim())
            .SkipWhile(line => !line.StartsWith("--", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("Dry run", StringComparison.Ordinal))
            .Where(line => line.Length > 0 && !line.StartsWith("--", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task J7_A_new_instance_equals_an_upgraded_one()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server, "acme");
        await installation.SucceedsAsync("--yes");
        await installation.ExecuteAsync("CREATE SCHEMA globex");
        ((System.Text.Json.Nodes.JsonObject)installation.Settings["Instances"]!)["globex"] =
            new System.Text.Json.Nodes.JsonObject { ["Schema"] = "globex" };
        await installation.SucceedsAsync("--yes");
        Assert.Equal(["0.6.1 baseline"], await installation.JournalAsync("globex"));
        Assert.Equal(["root made with the schema"], await installation.QueryAsync("SELECT name || ' ' || info FROM globex.users"));
        var checkedBoth = await installation.SucceedsAsync("schema", "check");
        Assert.Contains("2 targets checked: no difference", checkedBoth.Output);
    }

    [Fact]
    public async Task Destroys_nothing_without_a_yes()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        var before = await installation.DigestAsync("acme");
        var refused = await installation.RunAsync();
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("removes tables or columns with their data", refused.Error);
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var installation = await WikiInstallation.CreateAsync(server);
        await installation.SucceedsAsync("--to", "0.0.1", "--yes");
        var before = await installation.DigestAsync("acme");
        var dry = await installation.SucceedsAsync("--dry-run", "--to", WikiInstallation.Old);
        Assert.Contains("""CREATE TABLE "acme"."pages" """, dry.Output);
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }

    /// <summary>55P04: PostgreSQL lets no transaction use a value that it has added.</summary>
    [Fact]
    public async Task Rule_3_A_dry_run_says_that_it_cannot_use_a_value_that_is_added()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        var before = await installation.DigestAsync("acme");
        var dry = await installation.RunAsync("--dry-run");
        Assert.Equal(1, dry.ExitCode);
        Assert.Contains("KU-5062", dry.Error);
        Assert.Equal(before, await installation.DigestAsync("acme"));
    }

    [Fact]
    public async Task A_module_that_forgets_rows_loses_nothing()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        File.Delete(Path.Combine(installation.DropFolder, "WikiSteps", "WikiSteps.dll"));
        Directory.Delete(Path.Combine(installation.DropFolder, "WikiSteps"), recursive: true);
        var before = await installation.DigestAsync("acme");
        var failed = await installation.RunAsync("--yes");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("null values", failed.Error);
        Assert.Equal(["ada first"], await installation.QueryAsync("SELECT name || ' ' || extra_info FROM acme.users WHERE id = 1"));
        Assert.NotEqual("", before);
    }
}
