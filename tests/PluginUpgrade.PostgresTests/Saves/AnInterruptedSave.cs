using Npgsql;

namespace PluginUpgrade.PostgresTests.Saves;

/// <summary>A pg_dump that waits for a table is the middle of a save.</summary>
public class AnInterruptedSave(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_no_save_when_the_host_is_killed_and_the_next_one_clears_up()
    {
        await using var installation = await InstallationAsync();
        await using (await installation.HoldAsync("acme.story"))
        {
            using var host = installation.Start("save");
            await Saved.DumpingAsync(installation, host);
            host.Kill();
            await host.EndAsync();
            // Nothing goes on writing for a host that is gone.
            await Saved.NoDumpIsLeftAsync(installation);
        }
        Assert.Empty(Saved.Directory(installation).Saves());

        var list = await installation.SucceedsAsync("saves");
        Assert.Contains("No saves in", list.Output);
        Assert.Contains("warning KU-7010", list.Error);

        var result = await installation.SucceedsAsync("save");
        Assert.Contains("left by a killed process", result.Error);
        Assert.Equal([Saved.Directory(installation).Saves().Single().Id], Saved.Entries(installation));
    }

    [Fact]
    public async Task Leaves_nothing_when_the_user_stops_it()
    {
        await using var installation = await InstallationAsync();
        await using var application = await installation.HoldAsync("acme.story");
        using var host = installation.Start("save");
        await Saved.DumpingAsync(installation, host);

        host.Signal("INT");
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 130, $"{result}");
        Assert.Contains("nothing was saved", result.Error);
        Assert.Empty(Saved.Entries(installation));
        await Saved.NoDumpIsLeftAsync(installation);
    }

    [Nightly]
    [Fact]
    public async Task Is_not_taken_for_a_leftover_while_its_host_lives()
    {
        await using var installation = await InstallationAsync();
        await using var application = await installation.HoldAsync("acme.story");
        using var host = installation.Start("save", "acme");
        await Saved.DumpingAsync(installation, host);

        var other = await installation.TakeAsync("globex");
        Assert.DoesNotContain("KU-7010", (await installation.SucceedsAsync("saves")).Error);
        await application.CloseAsync();
        Assert.Equal(0, (await host.EndAsync()).ExitCode);

        Assert.Equal(2, Saved.Directory(installation).Saves().Count(save => save.IsWhole));
        Assert.Contains(other.Id, Saved.Directory(installation).Saves().Select(save => save.Id));
    }

    [Fact]
    public async Task B7_shows_no_password_to_others_on_the_machine()
    {
        const string secret = "canary-4Wq";
        await using var installation = await InstallationAsync();
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Password = secret }.ConnectionString;
        await using var application = await installation.HoldAsync("acme.story");
        using var host = installation.Start("save");
        var dump = await Saved.DumpingAsync(installation, host);

        var all = Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0).Select(Saved.CommandLine).ToList();
        Assert.Contains(all, line => line.Contains("pg_dump ", StringComparison.Ordinal));
        Assert.DoesNotContain(all, line => line.Contains(secret, StringComparison.Ordinal));
        // It was given to the program all the same, where its owner alone can read it.
        Assert.Contains($"PGPASSWORD={secret}", await File.ReadAllTextAsync($"/proc/{dump}/environ", Token));
        await application.CloseAsync();
        var result = await host.EndAsync();
        Assert.DoesNotContain(secret, result.All);
        var save = await installation.NewestSaveAsync();
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(Path.Combine(save.Folder, "manifest.json"), Token));
    }

    [Nightly]
    [Fact]
    public async Task Keeps_upgrades_of_its_targets_away()
    {
        await using var installation = await InstallationAsync();
        installation.Drop(Sample.Counting("V1_001"));
        await using var application = await installation.HoldAsync("acme.story");
        using var host = installation.Start("save");
        await Saved.DumpingAsync(installation, host);

        var upgrade = await installation.RunAsync("--from", "1", "--Run:LockTimeout=00:00:01");

        Assert.Equal(2, upgrade.ExitCode);
        Assert.Contains("KU-3008", upgrade.Error);
        Assert.Empty(await installation.JournalAsync("globex"));
        await application.CloseAsync();
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
    }

    [Nightly]
    [Fact]
    public async Task Is_refused_where_an_upgrade_is_under_way()
    {
        await using var installation = await InstallationAsync();
        installation.Drop(Sample.Gated("V1_001"));
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["LockTimeout"] = "00:00:01" };
        await Gate.CloseAsync(installation);
        using var host = installation.Start("--from", "1");
        await Gate.ReachedAsync(installation, host);

        var whole = await installation.RunAsync("save");
        var one = await installation.RunAsync("save", "acme");

        Assert.Equal((2, 2), (whole.ExitCode, one.ExitCode));
        Assert.Contains("KU-3009", whole.Error);
        Assert.Contains("KU-7018 acme", one.Error);
        Assert.Empty(Saved.Entries(installation));
        await Gate.OpenAsync(installation);
        Assert.Equal(0, (await host.EndAsync()).ExitCode);
    }

    private async Task<TestInstallation> InstallationAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer)");
        return installation;
    }
}
