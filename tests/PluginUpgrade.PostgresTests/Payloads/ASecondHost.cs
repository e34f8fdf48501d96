namespace PluginUpgrade.PostgresTests.Payloads;

/// <summary>C8: a root of its own, and the databases of another host's.</summary>
public class ASecondHost(TestServer server)
{
    private static readonly PayloadSource Release = new("1.002", ("bin/krang", "new program"), ("conf/krang.conf", "the vendor's"))
    {
        Remove = ["lib/legacy.so"],
    };

    [Fact]
    public async Task C8_gets_its_files_without_a_step_on_the_databases()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        installation.Write(Release);
        await installation.SucceedsAsync();
        var databases = await DatabasesAsync(installation);

        var plan = await RunAsync(second, "files", "--dry-run");
        Assert.True(plan.ExitCode == 0, $"{plan}");
        Assert.Matches("1 +installation +1.002 +payload +program files: 1 new, 1 replaced, 1 removed", plan.Output);
        Assert.Equal(3, (await RunAsync(second, "files", "--dry-run", "--exit-code")).ExitCode);
        var refused = await RunAsync(second, "files", "--exit-code");
        Assert.Equal((2, "KU-1134"), (refused.ExitCode, Assert.Single(Refusal.Codes(refused))));
        Assert.Contains("bin/krang 644 old program", InstalledFiles.In(second.Root));
        var told = await RunAsync(second, "status");
        Assert.Contains(
            "warning KU-7121 program files: The databases were upgraded with the program files of 1.002, but this machine has none",
            told.Error);

        var result = await RunAsync(second, "files");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("Done: 1 step on 1 target", result.Output);
        Assert.Equal(
            ["bin/", "bin/krang 644 new program", "conf/", "conf/krang.conf 644 the vendor's", "data/", "data/payload.json 644", "lib/"],
            InstalledFiles.In(second.Root));
        Assert.Equal(0, (await RunAsync(second, "files", "--dry-run", "--exit-code")).ExitCode);
        Assert.Equal(databases, await DatabasesAsync(installation));
        var again = await RunAsync(second, "files");
        Assert.Equal("Nothing to do: this machine has the program files of 1.002.\n", again.Output);
        Assert.Empty((await RunAsync(second, "status")).Error);
    }

    [Nightly]
    [Fact]
    public async Task Is_told_by_every_upgrade_that_its_files_lag_behind()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        installation.Write(Release with { Version = "1.001" });
        await installation.SucceedsAsync("--to", "1.001");
        Release.WriteTo(Path.Combine(second.Root, "payload"));
        Assert.Equal(0, (await RunAsync(second, "files", "--yes")).ExitCode);
        installation.Write(Release with { Version = "1.003" });
        await installation.SucceedsAsync("--to", "1.003");

        Directory.Delete(Path.Combine(second.Root, "payload"), recursive: true);
        foreach (var verb in (string[])["upgrade", "plan", "check", "status"])
            Assert.Contains("warning KU-7121 program files: This machine has the program files of 1.002, but the databases are at 1.003: "
                + "another machine has upgraded them.", (await RunAsync(second, verb)).Error);
    }

    [Fact]
    public async Task C8_does_not_go_ahead_of_the_databases_unless_it_is_told_to()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        await installation.SucceedsAsync("--to", "1.001");

        var refused = await RunAsync(second, "files");

        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(["KU-7134"], Refusal.Codes(refused));
        Assert.Contains("nothing was changed", refused.Error);
        Assert.Contains("bin/krang 644 old program", InstalledFiles.In(second.Root));
        Assert.Equal(0, (await RunAsync(second, "files", "--yes")).ExitCode);
        Assert.Contains("bin/krang 644 new program", InstalledFiles.In(second.Root));
        Assert.Contains("journal names none", (await RunAsync(second, "status")).Error);
    }

    [Fact]
    public async Task C8_works_with_no_database_in_reach_where_it_is_told_to()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        string[] nowhere = ["files", "--Installation:Database=Host=127.0.0.1;Port=1;Database=krang;Username=krang"];

        var refused = await RunAsync(second, nowhere);
        Assert.True(refused.ExitCode == 2, $"{refused}");
        Assert.Equal(["KU-7135"], Refusal.Codes(refused));
        var laid = await RunAsync(second, [.. nowhere, "--yes"]);
        Assert.True(laid.ExitCode == 0, $"{laid}");

        Assert.Contains("bin/krang 644 new program", InstalledFiles.In(second.Root));
        var again = await RunAsync(second, nowhere);
        Assert.True(again.ExitCode == 0, $"{again}");
        Assert.Contains("Nothing to do", again.Output);
    }

    [Fact]
    public async Task Takes_no_other_files_than_the_databases_were_upgraded_with()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        installation.Write(Release);
        await installation.SucceedsAsync();
        InstalledFiles.WriteTo(second.Root, "payload/bin/krang", "another program");
        Assert.Equal(["KU-7131"], Refusal.Codes(await RunAsync(second, "files", "--yes")));
        InstalledFiles.WriteTo(second.Root, "payload/bin/krang", "new program");
        Assert.Equal(0, (await RunAsync(second, "files")).ExitCode);
        (Release with { Version = "1.001" }).WriteTo(Path.Combine(second.Root, "payload"));
        Assert.Equal(["KU-7133"], Refusal.Codes(await RunAsync(second, "files")));
        Directory.Delete(Path.Combine(second.Root, "payload"), recursive: true);
        Assert.Equal(["KU-7132"], Refusal.Codes(await RunAsync(second, "files")));
    }

    [Fact]
    public async Task Has_no_instances_to_choose_from()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        using var second = Second(installation);
        Assert.Equal(["KU-7130"], Refusal.Codes(await RunAsync(second, "upgrade", "acme", "--files-only")));
    }

    private static TempDirectory Second(TestInstallation installation)
    {
        TempDirectory second = new();
        installation.WriteSettings();
        File.Copy(Path.Combine(installation.Root, "krang-upgrade.json"), Path.Combine(second.Root, "krang-upgrade.json"));
        Directory.CreateDirectory(Path.Combine(second.Root, "upgrade"));
        foreach (var module in Directory.EnumerateFiles(installation.DropFolder))
            File.Copy(module, Path.Combine(second.Root, "upgrade", Path.GetFileName(module)));
        InstalledFiles.WriteTo(second.Root, "bin/krang", "old program");
        InstalledFiles.WriteTo(second.Root, "lib/legacy.so", "legacy");
        Release.WriteTo(Path.Combine(second.Root, "payload"));
        return second;
    }

    private static async Task<HostResult> RunAsync(TempDirectory root, params string[] arguments)
    {
        using var host = HostProcess.Start([.. arguments, "--root", root.Root]);
        return await host.EndAsync();
    }

    private static async Task<string> DatabasesAsync(TestInstallation installation) => string.Join('\n', await installation.QueryAsync(
        "SELECT j::text FROM krang_upgrade_journal j UNION ALL SELECT j::text FROM acme.krang_upgrade_journal j ORDER BY 1"));
}
