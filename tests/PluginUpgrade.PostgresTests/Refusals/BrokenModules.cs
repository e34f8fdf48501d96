namespace PluginUpgrade.PostgresTests.Refusals;

public class BrokenModules(TestServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task K7_foreign_files_are_reported_and_stop_nobody()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await File.WriteAllTextAsync(Path.Combine(installation.DropFolder, "notes.txt"), "hello", Cancellation);
        Directory.CreateDirectory(Path.Combine(installation.DropFolder, "empty"));

        var modules = await installation.SucceedsAsync("modules");
        var result = await installation.SucceedsAsync();

        Assert.Contains("warning KU-2002 " + Path.Combine(installation.DropFolder, "notes.txt"), modules.Error);
        Assert.Contains("warning KU-2002 " + Path.Combine(installation.DropFolder, "empty"), modules.Error);
        Assert.Contains("notes.txt", result.Error);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task K8_two_of_one_version_are_refused_by_the_names_of_both()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_01"));

        var result = await installation.RefusesAsync(["KU-2015"]);

        Assert.Contains("V1_001.dll", result.Error);
        Assert.Contains("V1_01.dll", result.Error);
    }

    [Theory]
    [NightlyData("KU-2004", "not an assembly")]
    [InlineData("KU-2003", "")]
    public async Task K9_a_file_that_is_no_assembly_is_refused_before_any_change(string code, string content)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await File.WriteAllTextAsync(Path.Combine(installation.DropFolder, "V1_002.dll"), content, Cancellation);

        var result = await installation.RefusesAsync([code]);

        Assert.Contains("V1_002.dll", result.Error);
        Assert.Contains("remove it", result.Error);
    }

    [Fact]
    public async Task K9_all_kinds_are_refused_together_by_name_before_any_change()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(
            Sample.Counting("V1_001"),
            new ModuleSource("V1_002") { PerInstance = null },
            new ModuleSource("V1_003") { ConstructorParameters = [typeof(string)] },
            new ModuleSource("V1_004") { Version = "1.005" },
            new ModuleSource("V1_006") { Version = "one" },
            new ModuleSource("NoVersion"),
            new ModuleSource("V1_007") { ImplementsContract = false });
        var whole = ModuleAssembly.Of(Sample.Counting("V1_008"));
        await File.WriteAllBytesAsync(Path.Combine(installation.DropFolder, "V1_008.dll"), whole[..(whole.Length / 2)], Cancellation);

        var result = await installation.RefusesAsync(
            ["KU-2004", "KU-2005", "KU-2006", "KU-2007", "KU-2008", "KU-2009", "KU-2012", "KU-2013"]);

        foreach (var name in (string[])["V1_002", "V1_003", "V1_004", "V1_006", "NoVersion", "V1_007", "V1_008"])
            Assert.Contains($"{name}.dll", result.Error);
        var (exitCode, modules) = await installation.RunJsonAsync("modules");
        Assert.Equal(2, exitCode);
        Assert.Equal(8, modules["problems"]!.AsArray().Count);
    }

    [Fact]
    public async Task K9_a_constructor_that_throws_refuses_the_run_before_any_change()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"),
            Sample.Counting("V1_002") with { Constructor = il => il.ThrowException(typeof(InvalidOperationException)) });

        var result = await installation.RefusesAsync(["KU-2023"]);

        Assert.Contains("V1_002.dll: The constructor of V1_002 failed.", result.Error);
        await installation.RefusesAsync(["KU-2023"], "check");
    }

    [Fact]
    public async Task K9_a_dependency_that_is_missing_refuses_the_run_before_any_change()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.DropBuilt(BuiltFiles.TestModule("Turbo"), "Turbo");
        File.Delete(Path.Combine(installation.DropFolder, "Turbo", "Newtonsoft.Json.dll"));

        var result = await installation.RefusesAsync(["KU-2018"]);

        Assert.Contains("Newtonsoft.Json", result.Error);
    }

    [Fact]
    public async Task An_empty_drop_folder_is_refused_as_there_is_no_version_to_upgrade_to()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");

        await installation.RefusesAsync(["KU-4011"]);
        Directory.Delete(installation.DropFolder);
        await installation.RefusesAsync(["KU-2001", "KU-4011"]);
    }
}
