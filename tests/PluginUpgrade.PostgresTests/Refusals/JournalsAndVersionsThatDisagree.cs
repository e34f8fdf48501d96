namespace PluginUpgrade.PostgresTests.Refusals;

public class JournalsAndVersionsThatDisagree(TestServer server)
{
    /// <summary>T3 too: a wrong start version.</summary>
    [Fact]
    public async Task S1_a_journal_behind_the_start_is_refused_with_both_versions()
    {
        await using var installation = await AtAsync("1.001");

        var result = await installation.RefusesAsync(["KU-4004"], "--from", "1.002", "--to", "1.003");

        Assert.Contains("acme", result.Error);
        Assert.Contains("1.001", result.Error);
        Assert.Contains("--from 1.002", result.Error);
        Assert.Contains("Leave out --from", result.Error);
        await installation.SucceedsAsync("--to", "1.003");
    }

    [Fact]
    public async Task S2_an_instance_newer_than_the_software_is_refused()
    {
        await using var installation = await AtAsync("1.003");
        foreach (var name in (string[])["V1_002", "V1_003"]) File.Delete(Path.Combine(installation.DropFolder, $"{name}.dll"));

        var result = await installation.RefusesAsync(["KU-4003", "KU-4008", "KU-4008"]);

        Assert.Contains("1.003, newer than every module here (the newest is 1.001)", result.Error);
    }

    [Fact]
    public async Task S2_a_target_beyond_the_end_is_refused()
    {
        await using var installation = await AtAsync("1.002");

        var result = await installation.RefusesAsync(["KU-4002"], "--to", "1.001");

        Assert.Contains("already at 1.002, beyond --to 1.001", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task S3_no_version_table_and_nothing_else_is_version_zero()
    {
        await using var installation = await WithModulesAsync();
        var (_, status) = await installation.RunJsonAsync("status", "acme");
        Assert.Equal("0", $"{status["targets"]![0]!["version"]}");

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task S3_tables_without_a_version_table_are_refused_with_advice()
    {
        await using var installation = await WithModulesAsync();
        await installation.ExecuteAsync("CREATE TABLE acme.story (id int)");

        var result = await installation.RefusesAsync(["KU-4005"]);

        Assert.Contains("acme: There is no journal, or it has no finished step, but there are tables", result.Error);
        Assert.Contains("--from VERSION", result.Error);
        Assert.Contains("krang-upgrade baseline VERSION acme", result.Error);
        Assert.Matches(@"(?m)^acme +active +unknown .*baseline", (await installation.SucceedsAsync("status")).Output);
    }

    [Nightly]
    [Fact]
    public async Task S3_an_empty_version_table_beside_tables_is_refused()
    {
        await using var installation = await AtAsync("1.002");
        await installation.ExecuteAsync("DELETE FROM acme.krang_upgrade_journal");

        var result = await installation.RefusesAsync(["KU-4005"]);

        Assert.Contains("acme: ", result.Error);
        Assert.Contains("or it has no finished step, but there are tables", result.Error);
    }

    [Fact]
    public async Task S3_a_version_that_is_none_is_an_error_and_not_up_to_date()
    {
        await using var installation = await AtAsync("1.003");
        await installation.ExecuteAsync("UPDATE acme.krang_upgrade_journal SET version = 'garbage' WHERE version = '1.003'");

        var result = await installation.RefusesAsync(["KU-3006"]);

        Assert.Contains("acme: Its journal contains 'garbage', which is not a version", result.Error);
        var status = await installation.RunAsync("status", "--exit-code");
        Assert.Equal(2, status.ExitCode);
        Assert.Matches("(?m)^acme +active +unknown .*'garbage'", status.Output);
        Assert.Contains("KU-3006", status.Error);
    }

    [Fact]
    public async Task A_journal_of_a_newer_krang_upgrade_is_refused_by_name()
    {
        await using var installation = await AtAsync("1.002");
        await installation.ExecuteAsync("COMMENT ON TABLE acme.krang_upgrade_journal IS 'krang-upgrade journal, format 2'");

        var result = await installation.RefusesAsync(["KU-3005"]);

        Assert.Contains("acme: Its journal has the format 'krang-upgrade journal, format 2'; this krang-upgrade knows", result.Error);
        await installation.RefusesAsync(["KU-3005"], "check");
    }

    [Fact]
    public async Task S3_a_table_of_that_name_that_is_no_journal_is_refused()
    {
        await using var installation = await WithModulesAsync();
        await installation.ExecuteAsync("CREATE TABLE acme.krang_upgrade_journal (version text)");

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 2, $"{result}");
        Refusal.IsForPeople(result);
    }

    [Fact]
    public async Task A_start_after_the_end_is_refused()
    {
        await using var installation = await WithModulesAsync();

        var result = await installation.RefusesAsync(["KU-4001"], "--from", "1.10", "--to", "1.9");

        Assert.Contains("--from 1.10 --to 1.9: --from is newer than --to", result.Error);
    }

    [Theory]
    [NightlyData("--from", "latest")]
    [NightlyData("--to", "1.")]
    [NightlyData("--to", "1.0-beta")]
    [InlineData("--to", "-1")]
    public async Task A_version_that_is_none_is_refused(string option, string version)
    {
        await using var installation = await WithModulesAsync();

        var result = await installation.RunAsync($"{option}={version}");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(["KU-1102"], Refusal.Codes(result));
        Assert.Contains($"{option} {version}: This is not a version.", result.Error);
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    private async Task<TestInstallation> AtAsync(string version)
    {
        var installation = await WithModulesAsync();
        await installation.SucceedsAsync("--to", version);
        return installation;
    }

    private async Task<TestInstallation> WithModulesAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_003"));
        return installation;
    }
}
