using PluginUpgrade.PostgresTests.Steps;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>Libraries and habits that modules bring from other programs: each works, or docs/modules.md says what to do instead.</summary>
public class WhatAModuleFindsAroundIt(TestServer server)
{
    private async Task<TestInstallation> CreateAsync(string module = "Guest")
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.DropBuilt(BuiltFiles.TestModule(module), module);
        foreach (var file in Directory.EnumerateFiles(BuiltFiles.TestModule(module), "*.txt"))
            File.Copy(file, Path.Combine(installation.DropFolder, module, Path.GetFileName(file)));
        return installation;
    }

    [Fact]
    public async Task G2e_finds_its_own_types_by_name_in_its_constructor_its_check_and_its_step()
    {
        await using var installation = await CreateAsync();
        await installation.DoneAsync("run", "V6_002", "acme");
        Assert.Equal(
            ["check found 7", "constructor found 7", "step found 7"],
            await installation.QueryAsync(
                "SELECT what || ' ' || value FROM acme.told WHERE what IN ('check', 'constructor', 'step') ORDER BY 1"));
    }

    [Fact]
    public async Task G2d_reads_files_that_it_brings_in_its_folder()
    {
        await using var installation = await CreateAsync();
        await installation.DoneAsync("run", "V6_002", "acme");
        Assert.Equal(
            ["location folder", "words brought along"],
            await installation.QueryAsync("SELECT what || ' ' || value FROM acme.told WHERE what IN ('location', 'words') ORDER BY 1"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("yes")]
    public async Task G2e_works_with_EF_Core_in_the_steps_transaction(string? fail)
    {
        await using var installation = await CreateAsync("Entities");
        var result = await installation.RunAsync(["--to", "7.001", .. fail is null ? (string[])[] : [$"--Modules:V7_001:Fail={fail}"]]);
        Assert.True(result.ExitCode == (fail is null ? 0 : 1), $"{result}");
        if (fail is null) Assert.Equal(["one", "two!"], await installation.QueryAsync("SELECT title FROM acme.story ORDER BY id"));
        else Assert.Equal(["NULL"], await installation.QueryAsync("SELECT to_regclass('acme.story')::text"));
    }

    /// <summary>The same whether the step before ran in this process or in another one.</summary>
    [Theory]
    [InlineData("6.006")]
    [InlineData("6.005", "6.006")]
    public async Task G2e_a_mapping_for_the_whole_process_reaches_no_other_step(params string[] goals)
    {
        await using var installation = await CreateAsync();
        await installation.DoneAsync("baseline", "6.004");
        foreach (var goal in goals) await installation.DoneAsync("--to", goal, "--parallel", "1");
        Assert.Equal(["6.004 baseline", "6.005 done V6_005", "6.006 done V6_006"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task G2c_five_million_reports_leave_room_for_the_failure_in_the_log()
    {
        await using var installation = await CreateAsync();
        var result = await installation.RunAsync("run", "V6_004", "acme");
        Assert.Equal(1, result.ExitCode);

        var log = Directory.EnumerateFiles(Path.Combine(installation.Root, "data", "upgrade-logs")).Single();
        var lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);

        Assert.InRange(lines.Length, 5, 5_000);
        Assert.Contains(lines, line => line.Contains("\"Done\":5000000", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("failed after all that", StringComparison.Ordinal));
        Assert.Contains("RunFinished", lines[^1]);
    }
}
