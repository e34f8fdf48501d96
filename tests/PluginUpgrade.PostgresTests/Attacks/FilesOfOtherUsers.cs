using System.Text.Json.Nodes;
using PluginUpgrade.PostgresTests.Saves;

namespace PluginUpgrade.PostgresTests.Attacks;

/// <summary>What the host obeys belongs to another user, or can be written to by one: E5a, E5e.</summary>
public class FilesOfOtherUsers(TestServer server)
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    [Theory]
    [InlineData("krang-upgrade.json")]
    [NightlyData("krang-upgrade.night.json")]
    [InlineData("data")]
    [NightlyData("data/payload.json")]
    [NightlyData("data/upgrade-undo")]
    [NightlyData("data/upgrade-logs")]
    [NightlyData("hooks")]
    [NightlyData("hooks/before.sh")]
    [NightlyData("hooks/after.sh")]
    [NightlyData("hooks/failed.sh")]
    [NightlyData("hooks/gate.sh")]
    [NightlyData("bin")]
    [InlineData("bin/pg_dump")]
    public async Task E5e_are_not_obeyed_whichever_it_is_unless_that_is_accepted(string path)
    {
        await using var installation = await InstallationAsync();
        installation.WriteSettings();
        await GiveAsync(installation, path, codes: ["KU-1030"]);
    }

    [Theory]
    [InlineData("payload", "KU-7110")]
    [NightlyData("payload/bin/tool", "KU-7110")]
    [NightlyData("payload/payload.json", "KU-7110")]
    [InlineData("upgrade", "KU-2025")]
    [NightlyData("upgrade/V1_001.dll", "KU-2025")]
    public async Task E5e_are_refused_by_the_codes_of_before_where_there_were_some(string path, string code)
    {
        await using var installation = await InstallationAsync();
        await GiveAsync(installation, path, [code]);
    }

    [Nightly]
    [Theory]
    [InlineData("data/upgrade-saves")]
    [InlineData("data/upgrade-saves/{0}")]
    [InlineData("data/upgrade-saves/{0}/manifest.json")]
    [InlineData("data/upgrade-saves/{0}/{1}")]
    public async Task E5e_are_no_saves_that_are_restored(string path)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();
        var save = await installation.TakeAsync();
        path = Path.Combine(installation.Root, string.Format(null, path, save.Id, save.Manifest!.Archives[0].Name));
        File.SetUnixFileMode(path, Everybody);
        var result = await installation.RunAsync("restore", "--yes");
        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains(Refusal.Codes(result), code => code is "KU-7003" or "KU-7030");
        Assert.Contains("can be written to by every user", result.All + (await installation.RunAsync("saves")).All);
    }

    [Fact]
    public async Task E5a_have_no_undo_log_obeyed_and_the_accepting_option_changes_nothing_of_that()
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Takes root, and another user.");
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        var secret = Path.Combine(Path.GetDirectoryName(installation.Root.TrimEnd('/'))!, $"{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(secret, "not yours", TestContext.Current.CancellationToken);
        var data = Directory.CreateDirectory(Path.Combine(installation.Root, "data")).FullName;
        OtherUser.Give(data);
        OtherUser.Run("sh", "-c", """
            mkdir -p "$1/upgrade-undo/0198a000-0000-7000-8000-0000000000aa" && cd "$1/upgrade-undo/0198a000-0000-7000-8000-0000000000aa" &&
            printf '%s\n' \
              '{"owner":{"runId":"0198a000-0000-7000-8000-0000000000aa","component":"","versionKey":"9","module":"V9"},"madeData":false}' \
              '{"undone":0,"change":{"kind":"Moved","path":"data/got","other":"../'"$2"'","inode":0}}' > log.jsonl
            """, "sh", data, Path.GetFileName(secret));

        var refused = await installation.RefusesAsync(["KU-1030"]);
        Assert.Contains("belongs to another user", refused.Error);
        var accepted = await installation.RunAsync("--allow-insecure-modules");
        Assert.Equal(2, accepted.ExitCode);
        Assert.Equal(["KU-5104"], Refusal.Codes(accepted));
        Assert.True(File.Exists(secret));
        Assert.Empty(await installation.JournalAsync("acme"));
        File.Delete(secret);
    }

    [Theory]
    [NightlyData("000")]
    [InlineData("077")]
    public async Task E5e_are_never_made_by_the_host_whatever_its_umask_is(string umask)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Write(new PayloadSource("1.001", ("bin/tool", "tool")));
        installation.Drop(Sample.Counting("V1_001"));
        installation.WriteSettings();
        foreach (var verb in (string[])["upgrade", "save"])
        {
            using var host = HostProcess.Start(
                ["-c", $"umask {umask}; exec \"$@\"", "sh", BuiltFiles.Program, verb, "--root", installation.Root], program: "sh");
            var result = await host.EndAsync();
            Assert.True(result.ExitCode == 0, $"{result}");
        }

        Assert.Equal(
            """
            bin 755
            bin/tool 644
            data 755
            data/payload.json 644
            data/upgrade-logs 700
            data/upgrade-logs/* 600
            data/upgrade-saves 700
            data/upgrade-saves/* 700
            data/upgrade-saves/*/* 600
            """, string.Join('\n', Modes(installation.Root)));
    }

    private static IEnumerable<string> Modes(string root) => Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
        .Select(path => (Name: Path.GetRelativePath(root, path), Mode: Convert.ToString((int)File.GetUnixFileMode(path), 8)))
        .Where(entry => entry.Name.StartsWith("bin", StringComparison.Ordinal) || entry.Name.StartsWith("data", StringComparison.Ordinal))
        .Select(entry => $"{string.Join('/', entry.Name.Split('/').Select((name, i) => i > 1 ? "*" : name))} {entry.Mode}")
        .Distinct().Order(StringComparer.Ordinal);

    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Write(new PayloadSource("1.001", ("bin/tool", "tool")));
        foreach (var hook in (string[])["before", "after", "failed", "gate"])
            installation.Write($"hooks/{hook}.sh", "exit 0");
        foreach (var directory in (string[])["data/upgrade-undo", "data/upgrade-logs"])
            Directory.CreateDirectory(Path.Combine(installation.Root, directory));
        installation.Write("data/payload.json", "{}");
        installation.Write("krang-upgrade.night.json", "{}");
        installation.Write("bin/pg_dump", "#!/bin/sh");
        installation.Settings["Hooks"] = new JsonObject
        {
            ["Before"] = "sh -e ./hooks/before.sh",
            ["After"] = new JsonObject { ["Command"] = $"true && timeout 5 sh '{installation.Root}/hooks/after.sh'" },
            ["OnFailure"] = "X=1 exec /bin/sh hooks/failed.sh",
        };
        var gate = new JsonObject { ["Command"] = "echo; sh hooks/gate.sh" };
        installation.Settings["Run"] = new JsonObject { ["Gate"] = gate, ["Waves"] = "all" };
        installation.Settings["Postgres"] = new JsonObject { ["Bin"] = "bin" };
        return installation;
    }

    private static async Task GiveAsync(TestInstallation installation, string path, string[] codes)
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Takes root, and another user.");
        string[] arguments = ["--config", "krang-upgrade.json"];
        var full = Path.Combine(installation.Root, path);
        Dictionary<string, string?> environment = new() { ["KRANG_ENVIRONMENT"] = "night" };
        installation.WriteSettings();
        OtherUser.Give(full);
        var before = await installation.SnapshotAsync();
        using var host = HostProcess.Start([.. arguments, "--root", installation.Root], environment);
        var refused = await host.EndAsync();
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(codes, Refusal.Codes(refused));
        Assert.Contains(full, refused.Error);
        Assert.Equal(before, await installation.SnapshotAsync());

        using var again = HostProcess.Start(["plan", "--allow-insecure-modules", .. arguments, "--root", installation.Root], environment);
        Assert.Contains($"warning {codes[0]}", (await again.EndAsync()).Error);
    }
}
