using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

/// <summary>Modules are loaded from a private copy, which the run removes and a killed one leaves to the next.</summary>
public class ModulesFromACopy(TestServer server)
{
    [Fact]
    public async Task F6_lie_where_the_setting_says_and_are_gone_after_the_run()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Modules"] = new JsonObject { ["CopyDirectory"] = "data/copies" };
        installation.DropBuilt(BuiltFiles.TestModule("Turbo"), "Turbo");
        installation.Drop(Sample.Gated("V1_001"));
        var copies = Path.Combine(installation.Root, "data", "copies");
        await Gate.CloseAsync(installation);
        using (var host = installation.Start())
        {
            await Gate.ReachedAsync(installation, host);
            var copy = Assert.Single(Directory.GetDirectories(copies));
            Assert.Single(Directory.GetFiles(copy, "Newtonsoft.Json.dll", SearchOption.AllDirectories));
            Directory.Delete(installation.DropFolder, recursive: true);
            await Gate.OpenAsync(installation);
            var ended = await host.EndAsync();
            Assert.True(ended.ExitCode == 0, $"{ended}");
        }
        Assert.Empty(Directory.GetFileSystemEntries(copies));
        Assert.Equal(["Turbo with 12"], await installation.QueryAsync("SELECT what FROM acme.addon_json"));
    }

    [Fact]
    public async Task F6_copies_that_a_killed_run_left_are_removed_by_the_next()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        using var temporary = new TempDirectory();
        var environment = new Dictionary<string, string?> { ["TMPDIR"] = temporary.Root };
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using (var host = installation.Start([], environment))
        {
            await Gate.ReachedAsync(installation, host);
            host.Kill();
            await host.EndAsync();
        }
        Assert.Single(Copies());
        await Gate.OpenAsync(installation);
        using (var again = installation.Start([], environment))
        {
            var ended = await again.EndAsync();
            Assert.True(ended.ExitCode == 0, $"{ended}");
        }
        Assert.Empty(Copies());
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));

        string[] Copies() => Directory.GetDirectories(temporary.Root, "krang-upgrade-modules-*");
    }

    [Nightly]
    [Fact]
    public async Task F6_copies_that_cannot_be_made_refuse_the_run_before_anything_changes()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        var nowhere = new Dictionary<string, string?> { ["TMPDIR"] = Path.Combine(installation.Root, "gone") };
        foreach (var verb in (string[][])[[], ["check"], ["run", "V1_001"], ["--dry-run"]])
        {
            using var host = installation.Start(verb, nowhere);
            var ended = await host.EndAsync();
            Assert.True(ended.ExitCode == 2 && ended.Error.Contains("KU-2030"), $"{ended}");
            Assert.Contains("Modules:CopyDirectory", ended.Error);
        }
        Assert.Empty(await installation.CallsAsync("public"));
        Assert.Empty(await installation.CallsAsync("acme"));
    }
}
