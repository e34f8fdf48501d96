using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>A manifest that somebody has changed, with sums that fit: what it says of archives is compared with what they say.</summary>
public class AForgedManifest(TestServer server)
{
    [Theory]
    [NightlyData("archive elsewhere", "KU-7011")]
    [NightlyData("archive above", "KU-7011")]
    [NightlyData("files of another", "KU-7024")]
    [NightlyData("two of a name", "KU-7024")]
    [InlineData("another server", "KU-7024")]
    public async Task E5f_is_refused_by_a_look(string forgery, string code)
    {
        await using var installation = await CreateAsync();
        File.Copy(Directory.GetFiles(RestoresThatAreRefused.Folder(installation), "*.dump")[0], $"{installation.Root}/evil.dump");
        Change(installation, manifest =>
        {
            var (archives, targets) = (manifest["archives"]!.AsArray(), manifest["targets"]!.AsArray());
            switch (forgery)
            {
                case "archive elsewhere": Name($"{installation.Root}/evil.dump"); break;
                case "archive above": Name("../../../evil.dump"); break;
                case "files of another": archives[0]!["files"] = archives[1]!["files"]!.DeepClone(); break;
                case "two of a name": archives.Add(archives[0]!.DeepClone()); break;
                case "another server":
                    targets[1]!["archive"] = (string?)targets[0]!["archive"];
                    targets[1]!["server"] = "elsewhere:5432";
                    break;
            }

            void Name(string name)
            {
                foreach (var target in targets)
                    if ((string?)target!["archive"] == (string?)archives[0]!["name"]) target["archive"] = name;
                archives[0]!["name"] = name;
            }
        });

        var result = await installation.RunAsync("restore", "--save", RestoresThatAreRefused.Newest(installation), "--yes");

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains(code, Refusal.Codes(result));
        var saves = await installation.RunAsync("saves", "--verify");
        Assert.Equal(1, saves.ExitCode);
        Assert.DoesNotContain("complete, verified", saves.All);
    }

    [Nightly]
    [Theory]
    [InlineData("manifest")]
    [InlineData("files")]
    public async Task E5f_archives_swapped_between_instances_are_found_by_their_contents(string where)
    {
        await using var installation = await CreateAsync();
        var folder = RestoresThatAreRefused.Folder(installation);
        Change(installation, manifest =>
        {
            var (archives, targets) = (manifest["archives"]!.AsArray(), manifest["targets"]!.AsArray());
            var (one, two) = ((string)archives[0]!["name"]!, (string)archives[1]!["name"]!);
            if (where == "manifest")
                foreach (var target in targets) target!["archive"] = (string)target["archive"]! == one ? two : one;
            else
            {
                File.Move(Path.Combine(folder, one), Path.Combine(folder, "x"));
                File.Move(Path.Combine(folder, two), Path.Combine(folder, one));
                File.Move(Path.Combine(folder, "x"), Path.Combine(folder, two));
                foreach (var archive in archives)
                {
                    var bytes = File.ReadAllBytes(Path.Combine(folder, (string)archive!["name"]!));
                    var file = archive["files"]!.AsArray().Single(file => (string?)file!["path"] == (string?)archive["name"])!;
                    (file["bytes"], file["sha256"]) = (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
                }
            }
        });

        await installation.RefusesAsync(["KU-7024", "KU-7024"], "restore", "a", "b", "--yes");
        var saves = await installation.RunAsync("saves", "--verify");
        Assert.Equal(1, saves.ExitCode);
        Assert.Contains("KU-7024", saves.All);
    }

    /// <summary>Two instances with a database of their own, in two archives.</summary>
    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server);
        foreach (var name in new[] { "a", "b" })
        {
            var database = new Npgsql.NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
            await installation.ExecuteAsync($"CREATE TABLE {name} (id integer)", database.ConnectionString);
            installation.Settings["Instances"]![name] = new JsonObject { ["Database"] = $"Database={database.Database}" };
        }
        await installation.SucceedsAsync("save", "a", "b");
        return installation;
    }

    private static void Change(TestInstallation installation, Action<JsonNode> change)
    {
        var file = Path.Combine(RestoresThatAreRefused.Folder(installation), "manifest.json");
        var manifest = JsonNode.Parse(File.ReadAllText(file))!;
        change(manifest);
        File.WriteAllText(file, manifest.ToJsonString());
    }
}
