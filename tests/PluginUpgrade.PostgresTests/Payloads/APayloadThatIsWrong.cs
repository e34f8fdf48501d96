using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Payloads;

/// <summary>Refused before anything is changed, with everything that is wrong.</summary>
public class APayloadThatIsWrong(TestServer server)
{
    private static readonly PayloadSource Release = new("1.002", ("bin/krang", "new program"), ("bin/tool", "tool")) { IsListed = true };

    [Fact]
    public async Task Is_refused_by_all_that_is_wrong_with_it_at_once()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        installation.Write("payload/bin/tool", "damaged on the way");
        installation.Write("payload/extra", "extra");
        File.CreateSymbolicLink(Path.Combine(installation.Root, "payload/link"), "/etc/passwd");
        Change(installation, manifest =>
        {
            manifest["Remove"] = new JsonArray("bin/krang", "../x", "data");
            manifest["Files"]!.AsArray().Add(new JsonObject { ["Path"] = "bin/missing", ["Sha256"] = new string('0', 64) });
        });

        string[] codes = ["KU-7103", "KU-7104", "KU-7105", "KU-7106", "KU-7107", "KU-7108", "KU-7109"];
        await installation.RefusesAsync(codes);
        Assert.Equal(2, (await installation.RunAsync("plan")).ExitCode);
        Assert.Equal(2, (await installation.RunAsync("check")).ExitCode);
    }

    [Fact]
    public async Task Is_refused_for_what_is_in_its_way_here()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        Directory.CreateDirectory(Path.Combine(installation.Root, "bin", "tool"));
        await installation.RefusesAsync(["KU-7113"]);
    }

    [Nightly]
    [Fact]
    public async Task Is_refused_where_others_may_write_to_it()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        File.SetUnixFileMode(Path.Combine(installation.Root, "payload/bin/tool"), (UnixFileMode)0b110_110_110);
        await installation.RefusesAsync(["KU-7110"]);
        await installation.SucceedsAsync("--allow-insecure-modules");
        Assert.Contains("bin/tool 666 tool", installation.Installed());
    }

    [Fact]
    public async Task Does_not_stop_an_upgrade_that_it_has_no_part_in()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        installation.Write("payload/extra", "extra");
        var result = await installation.SucceedsAsync("--to", "1.001");
        Assert.Contains("warning KU-7105 extra", result.Error);
    }

    private static void Change(TestInstallation installation, Action<JsonObject> change)
    {
        var file = Path.Combine(installation.Root, "payload", "payload.json");
        var manifest = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(manifest);
        File.WriteAllText(file, manifest.ToJsonString());
    }
}
