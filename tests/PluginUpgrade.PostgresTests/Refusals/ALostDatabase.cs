using System.Text.Json;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>The setting that names the database is lost: that must never mean a new and empty server.</summary>
public class ALostDatabase(TestServer server)
{
    private static readonly string[][] Verbs =
    [
        ["status"], ["plan"], ["check"], ["history"], ["save"], ["psql"], [], ["upgrade", "--yes"], ["run", "V1_001"],
        ["baseline", "1.001"], ["restore", "--yes"], ["reset", "acme"], ["files"],
    ];

    [Nightly]
    [Fact]
    public async Task E1j_is_refused_by_every_verb_and_no_server_is_made()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Installation"]!.AsObject().Remove("Database");
        File.WriteAllText(Path.Combine(installation.Root, "krang-upgrade.prod.json"), "{}");

        foreach (var verb in Verbs)
        {
            var result = await installation.RefusesAsync(["KU-1010"], verb);
            Assert.Contains("krang-upgrade.prod.json", result.Error);
            Assert.Contains("KRANG_ENVIRONMENT is not set", result.Error);
        }
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "data")));
        installation.Settings["Installation"]!["Embedded"] = false;
        await installation.RefusesAsync(["KU-1010"]);
        installation.Settings["Installation"]!["Embedded"] = true;
        installation.Settings["Installation"]!["Database"] = installation.Database;
        await installation.RefusesAsync(["KU-1011"]);
    }

    [Nightly]
    [Fact]
    public async Task E1j_an_embedded_server_is_made_where_the_settings_say_so_and_never_by_who_only_reads()
    {
        using var directory = new TempDirectory();
        var root = directory.Root;
        Write(root, embedded: true);

        foreach (var verb in (string[][])[["status"], ["plan"], ["check"], ["history"]])
        {
            var result = await RunAsync(root, verb);
            Assert.True(result.ExitCode == 0, $"{result}");
            Assert.Contains("(not created yet)", FirstLine(result, verb));
        }
        Assert.Contains("V1_001", (await RunAsync(root, "plan")).Output);
        foreach (var verb in (string[][])[["psql"], ["--dry-run"], ["reset", "acme"], ["restore", "--dry-run"]])
            Assert.Contains("KU-1012", Refusal.Codes(await RunAsync(root, verb)));
        Assert.Equal(2, (await RunAsync(root, "save")).ExitCode);
        Assert.False(Directory.Exists(Path.Combine(root, "data", "postgres")));

        Assert.Equal(0, (await RunAsync(root)).ExitCode);
        Write(root, embedded: null);
        var status = await RunAsync(root, "status");
        Assert.Equal(0, status.ExitCode);
        Assert.Equal($"server: embedded, {Path.Combine(root, "data", "postgres")}", status.Output.Split('\n')[0]);
    }

    [Theory]
    [InlineData("YES", true)]
    [InlineData("no", false)]
    public async Task E1j_on_a_terminal_it_is_asked_for(string answer, bool made)
    {
        using var directory = new TempDirectory();
        Write(directory.Root, embedded: null);
        var start = new ProcessStartInfo("script", ["-qec", $"'{BuiltFiles.Program}' --yes --root '{directory.Root}'", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var terminal = Process.Start(start)!;
        await terminal.StandardInput.WriteLineAsync(answer);
        await terminal.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        var output = await terminal.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await terminal.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("No database is configured", output);
        Assert.Equal(made ? 0 : 2, terminal.ExitCode);
        Assert.Equal(made, Directory.Exists(Path.Combine(directory.Root, "data", "postgres", "cluster")));
    }

    [Nightly]
    [Fact]
    public async Task E1j_every_verb_names_the_servers_in_its_first_line_and_in_json()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        var name = $"server: {new Npgsql.NpgsqlConnectionStringBuilder(installation.Database).Host}";
        string[][] verbs =
        [
            ["status"], ["plan"], ["check"], ["baseline", "1.001"], ["history"], ["run", "V1_002", "acme"], ["--dry-run"], [], [], ["save"],
            ["restore", "--dry-run"], ["restore", "--yes"], ["reset", "acme"],
        ];
        foreach (var verb in verbs)
        {
            var result = await installation.RunAsync(verb);
            Assert.True(result.ExitCode == 0, $"{string.Join(' ', verb)}: {result}");
            Assert.StartsWith(name, FirstLine(result, verb), StringComparison.Ordinal);
            var (_, document) = await installation.RunJsonAsync(verb);
            Assert.StartsWith(name, $"server: {document["servers"]![0]}", StringComparison.Ordinal);
        }
        var refused = await installation.RunAsync("--to", "1.40");
        Assert.StartsWith(name, refused.Error.Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task E1j_G1g_init_writes_settings_that_work_and_never_over_others()
    {
        using var directory = new TempDirectory();
        var (root, file) = (directory.Root, Path.Combine(directory.Root, "krang-upgrade.json"));

        Assert.Equal(0, (await RunAsync(root, "init")).ExitCode);
        Assert.True(Directory.Exists(Path.Combine(root, "upgrade")));
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains("// ", text);
        var settings = JsonNode.Parse(text, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip })!;
        Assert.True((bool)settings["Installation"]!["Embedded"]!);
        Assert.Equal(0, (await RunAsync(root, "modules")).ExitCode);
        var again = await RunAsync(root, "init");
        Assert.Equal((2, "KU-1115"), (again.ExitCode, Refusal.Codes(again).Single()));
        Assert.Equal(text, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        File.Delete(file);
        File.CreateSymbolicLink(file, "/there/is/none");
        Assert.Equal("KU-1115", Refusal.Codes(await RunAsync(root, "init")).Single());
    }

    private static void Write(string root, bool? embedded)
    {
        var installation = new JsonObject { ["Name"] = "test" };
        if (embedded is not null) installation["Embedded"] = embedded;
        var settings = new JsonObject
        {
            ["Installation"] = installation,
            ["Instances"] = new JsonObject { ["acme"] = new JsonObject { ["Schema"] = "acme" } },
            ["Postgres"] = TestServer.ThrowAway.Programs is { } bin ? new JsonObject { ["Bin"] = bin } : [],
        };
        Directory.CreateDirectory(Path.Combine(root, "upgrade"));
        File.WriteAllText(Path.Combine(root, "krang-upgrade.json"), settings.ToJsonString());
        File.WriteAllBytes(Path.Combine(root, "upgrade", "V1_001.dll"), ModuleAssembly.Of(Sample.Counting("V1_001")));
    }

    /// <summary>With the results of what shows, with the progress of what does.</summary>
    private static string FirstLine(HostResult result, string[] verb) =>
        (verb is ["status" or "plan", ..] ? result.Output : result.Error).Split('\n')[0];

    private static async Task<HostResult> RunAsync(string root, params string[] arguments)
    {
        using var host = HostProcess.Start([.. arguments, "--root", root]);
        return await host.EndAsync();
    }
}
