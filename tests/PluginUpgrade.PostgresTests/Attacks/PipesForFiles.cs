using PluginUpgrade.PostgresTests.Postgres;
using PluginUpgrade.PostgresTests.Saves;
using PluginUpgrade.Unix;

namespace PluginUpgrade.PostgresTests.Attacks;

/// <summary>Named pipes in the place of files that the host reads, where opening one waits for ever: E5u.</summary>
public class PipesForFiles(TestServer server)
{
    [Theory]
    [InlineData("krang-upgrade.json", "KU-1031")]
    [NightlyData("krang-upgrade.night.json", "KU-1031")]
    [InlineData("upgrade/V1_001.dll", "KU-2")]
    [NightlyData("payload/payload.json", "KU-7")]
    [InlineData("payload/bin/tool", "KU-7")]
    [NightlyData("data/upgrade-undo/0198a000-0000-7000-8000-0000000000aa/log.jsonl", "KU-5104")]
    public async Task E5u_are_refused_and_not_waited_for(string path, string code)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Write(new PayloadSource("1.001", ("bin/tool", "tool")));
        installation.Write("krang-upgrade.night.json", "{}");
        installation.WriteSettings();
        var full = Path.Combine(installation.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        Pipes.Replace(full);
        using var host = HostProcess.Start(
            ["--root", installation.Root], new Dictionary<string, string?> { ["KRANG_ENVIRONMENT"] = "night" });
        var result = await host.EndAsync();
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"error {code}", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    [Theory]
    [NightlyData("{0}/manifest.json")]
    [InlineData("{0}/{1}")]
    public async Task E5u_are_no_saves(string path)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();
        var save = await installation.TakeAsync();
        var file = string.Format(null, path, save.Id, save.Manifest!.Archives[0].Name);
        Pipes.Replace(Path.Combine(Saved.Directory(installation).Path, file));
        foreach (var verb in (string[][])[["saves", "--verify"], ["restore", "--yes"]])
            Assert.NotEqual(0, (await installation.RunAsync(verb)).ExitCode);
    }

    [Nightly]
    [Fact]
    public async Task E5u_are_no_note_of_which_payload_is_here_and_no_lock_of_a_save()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Write(new PayloadSource("1.001", ("bin/tool", "tool")));
        Directory.CreateDirectory(Path.Combine(installation.Root, "data/upgrade-saves/20260101T000000Z-0123abcd.partial"));
        File.SetUnixFileMode(Path.Combine(installation.Root, "data/upgrade-saves"), (UnixFileMode)0b111_000_000);
        Pipes.Make(Path.Combine(installation.Root, "data/upgrade-saves/20260101T000000Z-0123abcd.lock"));
        Pipes.Make(Path.Combine(installation.Root, "data/payload.json"));
        foreach (var verb in (string[][])[["status"], ["plan"], ["upgrade"], ["saves"], ["save"]])
        {
            var result = await installation.RunAsync(verb);
            Refusal.IsForPeople(result);
        }
    }

    [Theory]
    [InlineData("cluster/PG_VERSION", "KU-6015")]
    [NightlyData("log/server.log", "KU-6014")]
    [InlineData("start.lock", "KU-6014")]
    [NightlyData("use.lock", "KU-6014")]
    public async Task E5u_are_no_files_of_the_embedded_server(string path, string code)
    {
        using var root = new TempDirectory();
        await using (await Servers.StartAsync(root.Root))
        {
        }
        var file = Path.Combine(root.Root, "data/postgres", path);
        var owner = Libc.Look(file)!.Value;
        Pipes.Replace(file);
        LinkFree.SetOwner(file, owner.User, owner.Group);
        var refused = await Servers.RefusedAsync(root.Root).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public async Task E5u_are_no_note_of_a_running_server()
    {
        using var root = new TempDirectory();
        string cluster;
        await using (var server = await Servers.StartAsync(root.Root)) cluster = server.DataDirectory;
        Pipes.Make(Path.Combine(cluster, "postmaster.pid"));
        var refused = await Servers.RefusedAsync(root.Root).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal("KU-6019", refused.Code);
    }
}
