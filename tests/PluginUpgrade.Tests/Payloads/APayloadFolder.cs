using System.Diagnostics;
using System.Text.Json.Nodes;
using PluginUpgrade.Payloads;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Payloads;

public sealed class APayloadFolder
{
    private static readonly PayloadSource Good = new("1.004", ("bin/krang", "new"), ("conf/krang.conf", "new settings"))
    {
        Remove = ["bin/lib/one.so", "old/"],
        IsListed = true,
    };

    [Fact]
    public void Is_read_with_all_that_its_manifest_says()
    {
        using TemporaryPayload payload = new(Good);

        var (read, problems) = payload.Read();

        Assert.Empty(problems);
        Assert.Equal(["bin/krang", "conf/krang.conf"], read!.Files.Select(file => file.Path));
        Assert.Equal(["bin/lib/one.so", "old"], read.Remove);
        Assert.Equal(UpgradeVersion.Parse("1.4"), read.Version);
    }

    [Fact]
    public void A_missing_or_empty_folder_is_no_payload()
    {
        using TemporaryPayload payload = new(Good);
        Directory.Delete(payload.Folder, recursive: true);
        var settings = SettingsReader.Read(payload.Root).Settings;
        Assert.Null(PayloadFolder.Read(settings));
        Directory.CreateDirectory(payload.Folder);
        Assert.Null(PayloadFolder.Read(settings));
    }

    [Fact]
    public void Has_the_same_hash_whether_its_files_are_listed_or_not_and_another_one_for_any_change()
    {
        using TemporaryPayload listed = new(Good);
        using TemporaryPayload unlisted = new(Good with { IsListed = false });
        Assert.Equal(listed.Read().Payload!.Sha256, unlisted.Read().Payload!.Sha256);
        PayloadSource[] others =
        [
            Good with { Version = "1.005" }, Good with { Remove = ["old"] }, Good with { Files = [("bin/krang", "new")] },
            Good with { Files = [("bin/krang", "newer"), ("conf/krang.conf", "new settings")] },
        ];
        foreach (var other in others)
        {
            using TemporaryPayload changed = new(other);
            Assert.NotEqual(listed.Read().Payload!.Sha256, changed.Read().Payload!.Sha256);
        }
    }

    [Fact]
    public void Tells_everything_that_is_wrong_with_it_at_once()
    {
        using TemporaryPayload payload = new(Good);
        payload.Installation.Write("payload/extra", "extra", 0x1a4);
        payload.Installation.Write("payload/changed", "changed", 0x1a4);
        File.CreateSymbolicLink(Path.Join(payload.Folder, "link"), "/etc/passwd");
        using (var pipe = Process.Start("mkfifo", Path.Join(payload.Folder, "pipe"))) pipe.WaitForExit();
        var hash = new string('0', 64);
        payload.Manifest(manifest =>
        {
            foreach (var (path, sha, mode) in (ReadOnlySpan<(string?, string?, string?)>)
            [
                ("missing", hash, null), ("changed", hash, null), ("bin/krang", hash, null), ("../outside", hash, null),
                ("/etc/passwd", hash, null), ("bin//krang", hash, null), ("./a", hash, null),
                ("data/settings", hash, null), ("upgrade/V1_004.dll", hash, null), ("payload/a", hash, null),
                ("nohash", null, null), ("shorthash", "12ab", null), ("badmode", hash, "rwx"), ("setuid", hash, "4755"),
            ])
                manifest["Files"]!.AsArray().Add(new JsonObject { ["Path"] = path, ["Sha256"] = sha, ["Mode"] = mode });
            manifest["Remove"] = new JsonArray("conf/krang.conf", "old", "old/", "..", "data/upgrade-logs", "upgrade");
        });

        Assert.Equal(
        [
            "KU-7103 badmode", "KU-7103 missing", "KU-7103 setuid", "KU-7104 changed", "KU-7105 extra",
            "KU-7106 ..", "KU-7106 ../outside", "KU-7106 ./a", "KU-7106 /etc/passwd", "KU-7106 bin//krang",
            "KU-7107 bin/krang", "KU-7107 conf/krang.conf", "KU-7107 old",
            "KU-7108 data/settings", "KU-7108 data/upgrade-logs", "KU-7108 payload/a", "KU-7108 upgrade", "KU-7108 upgrade/V1_004.dll",
            "KU-7109 link", "KU-7109 pipe",
            "KU-7112 badmode", "KU-7112 nohash", "KU-7112 setuid", "KU-7112 shorthash",
        ], payload.Problems());
    }

    [Theory]
    [InlineData("", "KU-7102")]
    [InlineData("null", "KU-7102")]
    [InlineData("[]", "KU-7102")]
    [InlineData("{ \"Version\": 1.004 }", "KU-7102")]
    [InlineData("{ \"Version\": \"newest\" }", "KU-7102")]
    [InlineData("{ \"Version\": \"0\" }", "KU-7102")]
    [InlineData("{ \"Remove\": [] }", "KU-7102")]
    [InlineData("{ \"Version\": \"1.004\", \"Removes\": [] }", "KU-7102")]
    [InlineData("{ \"Version\": \"1.004\", \"version\": \"1.005\" }", "KU-7102")]
    [InlineData("{ \"Version\": \"1.004\", \"Files\": { \"bin/krang\": \"\" } }", "KU-7102")]
    [InlineData("{ \"Version\": \"1.004\", \"Files\": [ null ] }", "KU-7105,KU-7106")]
    [InlineData("{ \"Version\": \"1.004\", \"Remove\": [ \"\\ud800\" ] }", "KU-7102,KU-7106")]
    public void Whose_manifest_is_none_says_so_in_its_own_words(string manifest, string codes)
    {
        using TemporaryPayload payload = new(Good);
        payload.WriteManifest(manifest);

        var problems = payload.Read().Problems;

        Assert.Contains(problems.Select(problem => problem.Code).Distinct().Order().ToArray(),
            (string[][])[codes.Split(','), [codes.Split(',')[0]], [codes.Split(',')[^1]]]);
        Assert.DoesNotContain(problems, problem => $"{problem}".Contains("PluginUpgrade.", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_manifest_is_refused_and_so_is_one_with_a_directory_or_a_link_in_its_place()
    {
        using TemporaryPayload payload = new(Good);
        var manifest = Path.Join(payload.Folder, PayloadManifest.FileName);
        File.Move(manifest, manifest + "x");
        Assert.Equal(["KU-7101 payload/payload.json"], payload.Problems());
        File.CreateSymbolicLink(manifest, manifest + "x");
        Assert.Equal(["KU-7101 payload/payload.json"], payload.Problems());
        File.Delete(manifest);
        Directory.CreateDirectory(manifest);
        Assert.Equal(["KU-7101 payload/payload.json"], payload.Problems());
    }

    [Fact]
    public void A_folder_that_others_may_write_to_is_refused_unless_allowed()
    {
        using TemporaryPayload payload = new(Good);
        payload.Installation.Mode("payload/bin/krang", 0b110_100_110);
        payload.Installation.Mode("payload/conf", 0b111_101_111);
        Assert.Equal(["KU-7110 payload/bin/krang", "KU-7110 payload/conf"], payload.Problems());
        Assert.All(payload.Read(insecureAllowed: true).Problems, problem => Assert.Equal(Severity.Warning, problem.Severity));
    }

    [Fact]
    public void C4_may_hold_names_with_quotes_spaces_and_line_feeds()
    {
        string[] names = ["a b", "it's", "say \"hi\"", "two\nlines", "back\\slash", "-rf", "*", "ünï", "%s", "a;b", "$(id)", "~", "#x"];
        PayloadSource source = new("1.004", [.. names.Select(name => ($"bin/{name}", name))]);
        using TemporaryPayload payload = new(source with { IsListed = true });
        var (read, problems) = payload.Read();
        Assert.Empty(problems);
        Assert.Equal(names.Select(name => $"bin/{name}").Order(StringComparer.Ordinal), read!.Files.Select(file => file.Path));
    }
}
