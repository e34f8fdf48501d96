using System.Text.RegularExpressions;
using PluginUpgrade.PostgresTests.Steps;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>Modules have the machine's cultures. krang-upgrade's own words are the same on every machine, and it runs without.</summary>
public class CulturesOfTheMachine(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly string[][] Verbs =
    [
        ["modules"], ["plan", "--to", "6.003"], ["check", "--to", "6.003"], ["--help"], ["INIT"],
        ["run", "V6_002", "acme", "--dry-run"],
    ];

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        var built = BuiltFiles.TestModule("Guest");
        installation.DropBuilt(built, "Guest");
        var spanish = Directory.CreateDirectory(Path.Combine(installation.DropFolder, "Guest", "es")).FullName;
        File.Copy(Path.Combine(built, "es", "Guest.resources.dll"), Path.Combine(spanish, "Guest.resources.dll"));
        File.Copy(Path.Combine(built, "words.txt"), Path.Combine(installation.DropFolder, "Guest", "words.txt"));
        return installation;
    }

    private static async Task<HostResult> RunInAsync(TestInstallation installation, string locale, params string[] arguments)
    {
        using var host = installation.Start(arguments, new Dictionary<string, string?> { ["LC_ALL"] = locale });
        return await host.EndAsync();
    }

    [Theory]
    [InlineData("es_ES.UTF-8", "es-ES es-ES 1,5", "un gato")]
    [InlineData("tr_TR.UTF-8", "tr-TR tr-TR 1,5", "a cat")]
    [InlineData("C", "  1.5", "a cat")]
    public async Task G3_are_what_modules_see(string locale, string culture, string cat)
    {
        await using var installation = await CreateAsync();

        var result = await RunInAsync(installation, locale, "run", "V6_002", "acme");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal([cat], await installation.QueryAsync("SELECT value FROM acme.told WHERE what = 'cat'"));
        Assert.Equal([culture], await installation.QueryAsync("SELECT value FROM acme.told WHERE what = 'culture'"));
        Assert.Equal([culture.Split(' ')[0]], await installation.QueryAsync("SELECT value FROM acme.told WHERE what = 'thread'"));
    }

    [Fact]
    public async Task G3_can_be_asked_for_by_name()
    {
        await using var installation = await CreateAsync();
        Assert.Equal(0, (await RunInAsync(installation, "C", "run", "V6_003", "acme")).ExitCode);
        Assert.Equal(["un gato Spanish"], await installation.QueryAsync("SELECT value FROM acme.told"));
    }

    /// <summary>Numbers with a comma, an i without a dot, digits and signs of other scripts: none of it is in what we write.</summary>
    [Fact]
    public async Task G3_do_not_change_what_the_host_writes()
    {
        await using var installation = await CreateAsync();
        List<string> told = [];
        foreach (var locale in new[] { "C", "tr_TR.UTF-8", "fa_IR.UTF-8" })
        {
            List<string> all = [];
            foreach (var arguments in Verbs) all.Add($"{await RunInAsync(installation, locale, arguments)}");
            told.Add(Regex.Replace(string.Join('\n', all), @"\d+\.\d+ s|\S+jsonl|pid \d+|[0-9a-f]{8}-[0-9a-f-]{27}", ""));
        }
        Assert.Equal(told[0], told[1]);
        Assert.Equal(told[0], told[2]);
    }

    /// <summary>What SASLprep changes before it is hashed: a combining accent, a ligature, a space of another width.</summary>
    [Theory]
    [InlineData("e\u0301cole")]
    [InlineData("\uFB01le")]
    [InlineData("a\u3000b")]
    public async Task G3_let_passwords_log_in_that_normalisation_changes(string password)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await using var own = await PasswordServer.StartAsync(Token);
        await own.CreateUserAsync("guest", password);
        await own.ExecuteAsync("CREATE SCHEMA acme AUTHORIZATION guest");
        installation.Settings["Installation"]!["Database"] = own.As("guest", password);
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "CREATE TABLE t ()" });

        await installation.DoneAsync();

        Assert.Equal("acme.t", await own.AskAsync("SELECT to_regclass('acme.t')::text"));
    }

    [Fact]
    public async Task G3_that_are_missing_are_told_by_check_and_missed_by_nobody_else()
    {
        Assert.SkipUnless(OtherUser.CanBePlayed, "Hiding libraries in a mount namespace takes root.");
        await using var installation = await CreateAsync();

        var check = await WithoutIcuAsync(installation, "check", "--to", "6.003");
        var run = await WithoutIcuAsync(installation, "run", "V6_002", "acme");
        var asks = await WithoutIcuAsync(installation, "run", "V6_003", "acme");

        Assert.True(check.ExitCode == 0, $"{check}");
        Assert.Contains("KU-3206", check.All);
        Assert.Matches("install .*icu", check.All);
        Assert.DoesNotContain("KU-3206", (await installation.RunAsync("check")).All);
        Assert.True(run.ExitCode == 0, $"{run}");
        Assert.Equal(1, asks.ExitCode);
        Assert.Contains("CultureNotFoundException", asks.All);
        Assert.Equal(["6.002 done V6_002 by hand", "6.003 failed V6_003 by hand"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task G3_that_are_switched_off_are_told_as_that()
    {
        await using var installation = await CreateAsync();
        installation.WriteSettings();
        using var host = installation.Start(["check"], new Dictionary<string, string?> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" });
        var check = await host.EndAsync();
        Assert.Contains("KU-3206", check.All);
        Assert.Contains("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT is set", check.All);
    }

    private static async Task<HostResult> WithoutIcuAsync(TestInstallation installation, params string[] arguments)
    {
        installation.WriteSettings();
        const string hide = """
            for library in $(ldconfig -p | sed -n 's/.*=> \(.*libicu[a-z0-9]*\.so.*\)/\1/p'); do mount --bind /dev/null "$library"; done
            exec "$@"
            """;
        using var host = HostProcess.Start(
            ["-m", "sh", "-c", hide, "sh", BuiltFiles.Program, .. arguments, "--root", installation.Root], program: "unshare");
        return await host.EndAsync();
    }
}
