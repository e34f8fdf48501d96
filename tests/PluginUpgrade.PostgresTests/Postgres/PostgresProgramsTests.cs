using PluginUpgrade.Postgres;

namespace PluginUpgrade.PostgresTests.Postgres;

public class PostgresProgramsOnThisMachine
{
    private static readonly PostgresPackage Debian = PostgresPackage.Of("ID=debian");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Are_found_and_say_their_version()
    {
        var programs = await PostgresPrograms.FindAsync(null, null, Token);
        Assert.True(File.Exists(programs["pg_ctl"]));
        Assert.InRange(programs.Major, 10, 99);
        Assert.Equal(programs, await PostgresPrograms.FindAsync(programs.Directory, programs.Major, Token));
    }

    [Fact]
    public async Task Missing_programs_are_one_clear_message()
    {
        var problem = await RefusedAsync([], null, null);
        Assert.Equal("KU-6001", problem.Code);
        Assert.Contains("apt-get install postgresql", problem.Remedy, StringComparison.Ordinal);
        Assert.Contains("Installation:Database", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_directory_without_them_is_named_by_its_key()
    {
        using var empty = new TempDirectory();
        var problem = await RefusedAsync([empty.Root], empty.Root, null);
        Assert.Equal(("KU-6003", "Postgres:Bin"), (problem.Code, problem.Subject));
        Assert.Contains(empty.Root, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_major_version_than_the_data_needs_is_refused_with_its_package()
    {
        using var programs = new FakePrograms();
        var problem = await RefusedAsync([programs.Directory], null, 13);
        Assert.Equal("KU-6002", problem.Code);
        Assert.Contains("apt-get install postgresql-13", problem.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", 15)]
    [InlineData("postgres (PostgreSQL) 19beta1", 19)]
    [InlineData("postgres (PostgreSQL) 9.6.24", 9)]
    public async Task Are_asked_for_their_version(string says, int major)
    {
        using var programs = new FakePrograms(version: says);
        Assert.Equal(major, (await PostgresPrograms.FindAsync([programs.Directory], null, null, Debian, Token)).Major);
    }

    [Theory]
    [InlineData("ID=debian", "apt-get install postgresql")]
    [InlineData("NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"", "apt-get install postgresql")]
    [InlineData("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", "dnf install postgresql-server")]
    [InlineData("ID=other", "Install PostgreSQL's server programs (package postgresql)")]
    public void Are_named_as_the_distribution_names_them(string release, string install) =>
        Assert.Equal(install, PostgresPackage.Of(release).Install(null));

    private static async Task<Problem> RefusedAsync(string[] directories, string? explicitDirectory, int? major) =>
        Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() =>
            PostgresPrograms.FindAsync(directories, explicitDirectory, major, Debian, Token))).Problems);
}

public class AProgramCall
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Returns_the_exit_code_and_what_was_said()
    {
        var result = await Shell("echo out; echo err >&2; pwd; exit 3").RunAsync(Token);
        Assert.Equal(new ProgramResult(3, "out\n/\n", "err\n"), result);
    }

    [Fact]
    public async Task Keeps_the_end_of_long_output()
    {
        var result = await Shell("head -c 1000000 /dev/zero | tr '\\0' x; echo the end").RunAsync(Token);
        Assert.Equal(64 * 1024, result.Output.Length);
        Assert.EndsWith("the end\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_not_held_up_by_a_child_that_keeps_the_pipes()
    {
        var result = await Shell("sleep 30 & echo $!").RunAsync(Token);
        Servers.Kill(int.Parse(result.Output, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task That_takes_too_long_is_killed()
    {
        var call = Shell("echo begun; sleep 60") with { Timeout = TimeSpan.FromMilliseconds(300) };
        var problem = Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => call.RunAsync(Token))).Problems);
        Assert.Equal("KU-6005", problem.Code);
        Assert.Contains("begun", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_program_that_is_not_there_is_a_problem()
    {
        var call = new ProgramCall { File = "/no/such/program" };
        var problem = Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => call.RunAsync(Token))).Problems);
        Assert.Equal(("KU-6004", "/no/such/program"), (problem.Code, problem.Subject));
    }

    [Fact]
    public async Task Adds_to_the_environment_or_begins_with_a_clean_one()
    {
        var environment = new Dictionary<string, string?> { ["MINE"] = "yes", ["HOME"] = null };
        var call = new ProgramCall { File = "env", Environment = environment };
        var added = (await call.RunAsync(Token)).Output.Split('\n');
        Assert.Contains("MINE=yes", added);
        Assert.DoesNotContain(added, line => line.StartsWith("HOME=", StringComparison.Ordinal));

        var clean = (await (call with { CleanEnvironment = true }).RunAsync(Token)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Subset(new HashSet<string>(["PATH", "TZ", "LD_LIBRARY_PATH", "MINE", "PWD"]), clean.Select(line => line.Split('=')[0]).ToHashSet());
    }

    private static ProgramCall Shell(string script) => new() { File = "/bin/sh", Arguments = ["-c", script] };
}
