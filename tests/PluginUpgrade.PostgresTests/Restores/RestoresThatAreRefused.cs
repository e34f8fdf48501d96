using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PluginUpgrade.PostgresTests.Saves;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>Everything is verified before anything is changed.</summary>
public class RestoresThatAreRefused(TestServer server)
{
    [Fact]
    public async Task Without_a_save()
    {
        await using var installation = await CreateAsync(save: false);
        await installation.RefusesAsync(["KU-7030"], "restore", "--yes");
        await installation.RefusesAsync(["KU-7031"], "restore", "--save", "2026", "--yes");
    }

    [Nightly]
    [Fact]
    public async Task A_save_that_is_unknown_ambiguous_or_without_the_target_is_refused()
    {
        await using var installation = await CreateAsync();
        await installation.SucceedsAsync("save", "acme");
        await installation.RefusesAsync(["KU-7031"], "restore", "--save", "1999", "--yes");
        await installation.RefusesAsync(["KU-7032"], "restore", "--save", "2", "--yes");
        await installation.RefusesAsync(["KU-7034"], "restore", "globex", "--save", Newest(installation), "--yes");
        await installation.RefusesAsync(["KU-1208"], "restore", "acmee", "--yes");
    }

    [Fact]
    public async Task A_save_of_another_installation_is_refused()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Installation"]!["Name"] = "other";
        await installation.RefusesAsync(["KU-7033"], "restore", "--save", Newest(installation), "--yes");
        await installation.RefusesAsync(["KU-7030"], "restore", "--yes");
    }

    [Theory]
    [InlineData("truncated", "KU-7014")]
    [NightlyData("flipped", "KU-7014")]
    [NightlyData("missing", "KU-7013")]
    [NightlyData("extra", "KU-7015")]
    [NightlyData("link", "KU-7013")]
    [NightlyData("manifest", "KU-7011")]
    [InlineData("path", "KU-7011", "KU-7015")]
    [NightlyData("newer", "KU-7012")]
    [NightlyData("no archive", "KU-7035")]
    public async Task A_damaged_save_is_refused(string damage, params string[] codes)
    {
        await using var installation = await CreateAsync();
        await DamageAsync(installation, damage);
        await installation.RefusesAsync(codes, "restore", "--save", Newest(installation), "--yes");
    }

    [Fact]
    public async Task B6_to_an_older_server()
    {
        await using var installation = await CreateAsync();
        Change(installation, manifest => manifest["archives"]![0]!["serverVersion"] = "99.1");
        var result = await installation.RefusesAsync(["KU-7037"], "restore", "--yes");
        Assert.Contains("a newer major version than that of", result.Error);
    }

    [Fact]
    public async Task Without_a_tool_that_is_new_enough()
    {
        await using var installation = await CreateAsync();
        Change(installation, manifest => manifest["archives"]![0]!["toolVersion"] = "99.1");
        await installation.RefusesAsync(["KU-7038"], "restore", "--yes");
    }

    [Nightly]
    [Fact]
    public async Task An_archive_without_the_schema_is_refused()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Instances"]!["acme"] = new JsonObject { ["Schema"] = "acme2" };
        await installation.ExecuteAsync("CREATE SCHEMA acme2");
        await installation.RefusesAsync(["KU-7043"], "restore", "acme", "--yes");
        Change(installation, manifest =>
        {
            foreach (var target in manifest["targets"]!.AsArray())
                if ((string?)target!["name"] == "acme") target["schema"] = "acme2";
        });
        await installation.RefusesAsync(["KU-7036"], "restore", "acme", "--yes");
    }

    [Fact]
    public async Task Where_others_rest_on_what_would_be_replaced()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE SCHEMA neighbour; CREATE VIEW neighbour.stories AS SELECT * FROM acme.story;
            CREATE TABLE neighbour.comment (story integer REFERENCES acme.story);
            """);

        var result = await installation.RefusesAsync(["KU-7040"], "restore", "acme", "--yes");

        Assert.Contains("view neighbour.stories", result.Error);
        Assert.Contains("constraint comment_story_fkey on table neighbour.comment", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task While_the_target_is_being_upgraded()
    {
        await using var installation = await CreateAsync();
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:00.5" };
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var upgrade = installation.Start("upgrade", "acme", "--from", "0.1");
        await Gate.ReachedAsync(installation, upgrade);

        var refused = await installation.RunAsync("restore", "acme", "--yes");

        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-3008"], Refusal.Codes(refused));
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await upgrade.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task T2_without_a_YES()
    {
        await using var installation = await CreateAsync();
        await installation.RefusesAsync(["KU-1107"], "restore");
    }

    [Fact]
    public async Task By_a_role_that_does_not_own_the_schema()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            DO $$ BEGIN CREATE ROLE restored_guest LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            GRANT USAGE ON SCHEMA acme TO restored_guest;
            """);
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};Username=restored_guest";
        Assert.Contains("KU-7039", (await installation.RunAsync("restore", "acme", "--dry-run")).Error);
    }

    [Fact]
    public async Task All_problems_are_reported_at_once()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync(
            "CREATE VIEW public.a AS SELECT * FROM acme.story; CREATE VIEW public.g AS SELECT * FROM globex.story");
        var result = await installation.RefusesAsync(["KU-7040", "KU-7040"], "restore", "acme", "globex", "--yes");
        Assert.Contains("refused: 2 problems", result.Error);
    }

    private async Task<TestInstallation> CreateAsync(bool save = true)
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer PRIMARY KEY); CREATE TABLE globex.story (id integer)");
        if (save) await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("INSERT INTO acme.story VALUES (1)");
        return installation;
    }

    internal static string Newest(TestInstallation installation) => Saved.Directory(installation).Saves()[^1].Id;

    internal static string Folder(TestInstallation installation) => Saved.Directory(installation).Saves()[^1].Folder;

    private static string Archive(TestInstallation installation) => Directory.GetFiles(Folder(installation), "*.dump").Single();

    private static void Change(TestInstallation installation, Action<JsonNode> change)
    {
        var file = Path.Combine(Folder(installation), "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(file))!;
        change(manifest);
        File.WriteAllText(file, manifest.ToJsonString());
    }

    private static async Task DamageAsync(TestInstallation installation, string damage)
    {
        var archive = Archive(installation);
        var bytes = await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken);
        switch (damage)
        {
            case "truncated": File.WriteAllBytes(archive, bytes[..^1]); break;
            case "flipped":
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(archive, bytes);
                break;
            case "missing": File.Delete(archive); break;
            case "extra": File.WriteAllText(Path.Combine(Folder(installation), "more"), ""); break;
            case "link":
                File.Move(archive, $"{installation.Root}/elsewhere");
                File.CreateSymbolicLink(archive, $"{installation.Root}/elsewhere");
                break;
            case "manifest": File.WriteAllText(Path.Combine(Folder(installation), "manifest.json"), "{"); break;
            case "path": Change(installation, manifest => manifest["archives"]![0]!["files"]![0]!["path"] = "../x"); break;
            case "newer": Change(installation, manifest => manifest["format"] = 2); break;
            case "no archive":
                // Somebody has rewritten the manifest too.
                File.WriteAllBytes(archive, new byte[bytes.Length]);
                Rewrite(installation);
                break;
        }
    }

    /// <summary>The manifest says of the archive what is true of it now.</summary>
    internal static void Rewrite(TestInstallation installation)
    {
        var bytes = File.ReadAllBytes(Archive(installation));
        Change(installation, manifest =>
        {
            var file = manifest["archives"]![0]!["files"]![0]!;
            (file["bytes"], file["sha256"]) = (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        });
    }
}
