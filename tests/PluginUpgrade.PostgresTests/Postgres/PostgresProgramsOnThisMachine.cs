using PluginUpgrade.Postgres.Programs;

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

    [Fact]
    public async Task One_that_cannot_be_run_does_not_end_the_search_and_is_told_where_there_is_no_other()
    {
        using var broken = new FakePrograms();
        File.SetUnixFileMode(Path.Combine(broken.Directory, "postgres"), UnixFileMode.UserRead);
        using var whole = new FakePrograms();

        var found = await PostgresPrograms.FindAsync([broken.Directory, whole.Directory], null, null, Debian, Token);

        Assert.Equal(whole.Directory, found.Directory);
        Assert.Equal("KU-6004", (await RefusedAsync([broken.Directory], null, null)).Code);
        Assert.Equal("KU-6002", (await RefusedAsync([broken.Directory, whole.Directory], null, 13)).Code);
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
