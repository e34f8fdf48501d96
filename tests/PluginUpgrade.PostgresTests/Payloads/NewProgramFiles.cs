namespace PluginUpgrade.PostgresTests.Payloads;

/// <summary>A payload beside modules, through the real program.</summary>
public class NewProgramFiles(TestServer server)
{
    private static readonly PayloadSource Release = new("1.002",
        ("bin/krang", "new program"), ("bin/tool", "tool"), ("conf/krang.conf", "the vendor's"), ("conf/more.conf", "more"),
        ("share/it's \"new\"\nhere", "odd"))
    {
        Remove = ["lib/legacy.so", "lib", "bin/old name", "conf/gone.conf", "never/there"],
        Modes = new Dictionary<string, int> { ["bin/tool"] = 0b111_101_101 },
    };

    private static readonly string[] After =
    [
        "bin/", "bin/krang 750 new program", "bin/tool 755 tool",
        "conf/", "conf/gone.conf 644 the user's", "conf/krang.conf 640 the user's", "conf/krang.conf.new 640 the vendor's",
        "conf/more.conf 644 more",
        "data/", "data/payload.json 644", "share/", "share/it's \"new\"\nhere 644 odd",
    ];

    [Fact]
    public async Task C1_C4_C5_C7_are_installed_as_a_step_of_their_version_and_configuration_stays()
    {
        await using var installation = await ReadyAsync();

        var result = await installation.SucceedsAsync();

        Assert.Equal(After, installation.Installed());
        Assert.Equal(["1.001 done V1_001", "krang:payload 1.002 done payload", "1.002 done V1_002"], await installation.JournalAsync());
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
        Assert.Contains("installation payload 1.002: conf/krang.conf is kept; the new file is beside it", result.Error);
        Assert.Contains("installation payload 1.002: done in", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task C2_are_installed_once_and_the_same_command_changes_nothing()
    {
        await using var installation = await ReadyAsync();
        await installation.SucceedsAsync();
        installation.Write("bin/tool", "changed by hand", 0b111_101_101);
        var before = await installation.SnapshotAsync();

        var result = await installation.SucceedsAsync();

        Assert.Equal("Nothing to do: 2 targets are up to date.\n", result.Output);
        Assert.Matches(@"^server: \S+\n$", result.Error);
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    /// <summary>The databases were restored from a time before; the files are there already.</summary>
    [Nightly]
    [Fact]
    public async Task C2_are_installed_again_where_the_journal_has_gone_back_and_are_found_to_be_there()
    {
        await using var installation = await ReadyAsync();
        await installation.SucceedsAsync();
        await installation.ExecuteAsync("DELETE FROM krang_upgrade_journal WHERE component = 'krang:payload'");
        var (_, status) = await installation.RunJsonAsync("status");
        Assert.Equal("KU-7121", $"{status["problems"]![0]!["code"]}");

        var plan = await installation.SucceedsAsync("plan");
        await installation.SucceedsAsync();

        Assert.Contains("program files: 5 unchanged", plan.Output);
        Assert.Equal(After, installation.Installed());
        Assert.Contains("krang:payload 1.002 done payload", await installation.JournalAsync());
    }

    [Nightly]
    [Fact]
    public async Task Are_shown_by_plan_check_status_and_history()
    {
        await using var installation = await ReadyAsync();

        var plan = await installation.SucceedsAsync("plan");
        var (_, document) = await installation.RunJsonAsync("plan");
        var status = await installation.SucceedsAsync("status");
        var check = await installation.SucceedsAsync("check");
        var untouched = installation.Installed();
        await installation.SucceedsAsync();
        var history = await installation.SucceedsAsync("history");
        var (_, after) = await installation.RunJsonAsync("status");

        Assert.Matches("1.002 +payload +program files: 3 new, 1 replaced, 1 kept, with the new file beside it as .new, 3 removed",
            plan.Output);
        var step = document["stages"]!.AsArray().SelectMany(stage => stage!["lanes"]!.AsArray())
            .SelectMany(lane => lane!["steps"]!.AsArray()).Single(step => $"{step!["component"]}" == "krang:payload")!;
        Assert.Equal(("payload", 64), ($"{step["module"]}", $"{step["sha256"]}".Length));
        Assert.Equal(3, (int)document["programFiles"]!["new"]!);
        Assert.Matches("installation +active +0 +1.001, 1.002, payload 1.002", status.Output);
        // That no pg_dump fits the server is a warning.
        Assert.Contains(await DumpText.IsPossibleAsync()
            ? "No problems: 2 targets, 5 steps pending." : "An upgrade would start: 2 targets, 5 steps pending, ", check.Output);
        Assert.Contains("bin/krang 750 old program", untouched);
        Assert.Matches("installation +krang:payload 1.002 +payload +done", history.Output);
        Assert.Equal("1.002", $"{after["programFiles"]!["version"]}");
        Assert.Empty(after["problems"]!.AsArray());
    }

    [Nightly]
    [Fact]
    public async Task Wait_beyond_the_goal_and_are_installed_when_it_is_reached()
    {
        await using var installation = await ReadyAsync();
        var before = installation.Installed();
        await installation.SucceedsAsync("--to", "1.001");
        Assert.Equal(before, installation.Installed().Where(line => line != "data/"));
        await installation.SucceedsAsync("--to", "1.002");
        Assert.Equal(After, installation.Installed());
    }

    [Nightly]
    [Fact]
    public async Task Program_files_without_modules_are_a_version_too()
    {
        await using var installation = await ReadyAsync();
        installation.Write(Release with { Version = "1.003" });

        await installation.SucceedsAsync();
        Directory.Delete(Path.Combine(installation.Root, "payload"), recursive: true);
        var again = await installation.SucceedsAsync();

        Assert.Equal(
            ["1.001 done V1_001", "1.002 done V1_002", "krang:payload 1.003 done payload", "1.003 baseline"],
            await installation.JournalAsync());
        Assert.Contains("Nothing to do", again.Output);
    }

    /// <summary>They said <c>payload</c> where the component is <c>krang:payload</c> now.</summary>
    [Fact]
    public async Task Are_known_from_journals_of_earlier_releases()
    {
        const string Former = "UPDATE krang_upgrade_journal SET component = 'payload' WHERE component = 'krang:payload'";
        await using var installation = await ReadyAsync();
        await installation.SucceedsAsync();
        await installation.ExecuteAsync(Former);

        var again = await installation.SucceedsAsync();
        installation.Write(Release with { Version = "1.003" });
        await installation.SucceedsAsync();

        Assert.Contains("Nothing to do", again.Output);
        Assert.Equal(["krang:payload 1.002 done payload", "krang:payload 1.003 done payload"],
            (await installation.JournalAsync()).Where(row => row.Contains("payload", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Are_not_exchanged_by_a_dry_run_which_tells_what_there_would_be()
    {
        await using var installation = await ReadyAsync();
        var before = installation.Installed();
        var result = await installation.SucceedsAsync("--dry-run");
        Assert.Contains("a dry run installs no files; an upgrade would install program files: 3 new", result.Error);
        Directory.Delete(Path.Combine(installation.Root, "data"), recursive: true);
        Assert.Equal(before, installation.Installed());
    }

    [Nightly]
    [Fact]
    public async Task Are_of_one_content_for_each_version()
    {
        await using var installation = await ReadyAsync();
        await installation.SucceedsAsync();
        installation.Write(Release with { Files = [("bin/krang", "other")] });
        await installation.RefusesAsync(["KU-7120"]);
        await installation.SucceedsAsync("--allow-changed");
        Assert.Equal(After, installation.Installed());
    }

    [Fact]
    public async Task C6_need_no_current_directory()
    {
        await using var installation = await ReadyAsync();
        installation.WriteSettings();
        using var gone = new TempDirectory("gone");
        using var host = HostProcess.Start(
            ["-c", "rmdir \"$PWD\" && exec \"$0\" \"$@\"", BuiltFiles.Program, "--root", installation.Root], workingDirectory: gone.Root,
            program: "sh");
        var result = await host.EndAsync();
        Directory.CreateDirectory(gone.Root);
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(After, installation.Installed());
    }

    /// <summary>What is laid over the program that does so may be anything: it goes on with what it has read.</summary>
    [Fact]
    public async Task May_be_those_of_the_program_that_installs_them()
    {
        await using var installation = await ReadyAsync();
        var home = Path.Combine(installation.Root, "host");
        Directory.CreateDirectory(home);
        var program = Path.GetDirectoryName(BuiltFiles.Program)!;
        foreach (var file in Directory.EnumerateFiles(program)) File.Copy(file, Path.Combine(home, Path.GetFileName(file)));
        var names = Directory.EnumerateFiles(program).Select(file => Path.GetFileName(file)!).ToList();
        installation.Write(Release with { Files = [.. names.Select(name => ($"host/{name}", $"another {name}"))] });
        installation.WriteSettings();

        using var host = HostProcess.Start(
            ["--root", installation.Root], program: Path.Combine(home, Path.GetFileName(BuiltFiles.Program)));
        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("Done: 5 steps on 2 targets", result.Output);
        Assert.All(names, name => Assert.Equal($"another {name}", File.ReadAllText(Path.Combine(home, name))));
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    private async Task<TestInstallation> ReadyAsync()
    {
        var installation = await InstalledAsync(server);
        installation.Write(Release);
        return installation;
    }

    internal static async Task<TestInstallation> InstalledAsync(TestServer server)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        installation.Write("bin/krang", "old program", 0b111_101_000);
        installation.Write("bin/old name", "old");
        installation.Write("lib/legacy.so", "legacy");
        installation.Write("conf/krang.conf", "the user's", 0b110_100_000);
        installation.Write("conf/gone.conf", "the user's");
        return installation;
    }
}
