using System.Reflection.Emit;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class VersionsOfModules(TestServer server)
{
    [Theory]
    [InlineData("1.9,1.10,1.100")]
    [NightlyData("2.0.9,2.0.10,2.1.0,3.0.0")]
    [NightlyData("V3_9,V3_10")]
    public async Task K3_are_run_in_the_order_of_their_numbers_and_not_of_text_or_decimals(string versions)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var names = versions.Split(',').Select(version => $"V{version.TrimStart('V').Replace('.', '_')}").ToArray();
        installation.Drop([.. names.Reverse().Select(Sample.Counting)]);

        await installation.SucceedsAsync("--from", versions.Split(',')[0]);

        Assert.Equal(names[1..], await installation.CallsAsync("acme"));
        Assert.Equal(names[1..], await installation.CallsAsync("public"));
        Assert.Equal(["baseline", .. names[1..].Select(_ => "done")],
            await installation.QueryAsync("SELECT state FROM acme.krang_upgrade_journal ORDER BY started_at"));
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--to", versions.Split(',')[^1])).Output);
    }

    [Fact]
    public async Task K4_beyond_the_end_are_neither_run_nor_loaded()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var loaded = Path.Combine(installation.Root, "loaded");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002") with { StaticConstructor = il => Writes(il, loaded) });

        await installation.SucceedsAsync("--to", "1.001");

        Assert.False(File.Exists(loaded));
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        await installation.SucceedsAsync("--to", "1.002");
        Assert.True(File.Exists(loaded), "the trap does not work: loading the module leaves no file");
    }

    [Fact]
    public async Task K4_beyond_the_end_stop_nobody_though_they_cannot_be_constructed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"),
            Sample.Counting("V1_002") with { StaticConstructor = il => il.ThrowException(typeof(InvalidOperationException)) });

        await installation.SucceedsAsync("--to", "1.001");

        await installation.RefusesAsync(["KU-2023"], "--to", "1.002");
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task K4_applied_modules_are_not_loaded_again()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var loaded = Path.Combine(installation.Root, "loaded");
        installation.Drop(Sample.Counting("V1_001") with { StaticConstructor = il => Writes(il, loaded) });
        await installation.SucceedsAsync();
        File.Delete(loaded);
        installation.Drop(Sample.Counting("V1_002"));

        await installation.SucceedsAsync();

        Assert.False(File.Exists(loaded));
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task K5_may_be_missing_and_the_version_is_stamped_all_the_same()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Counting("V1_004"));

        await installation.SucceedsAsync("--to", "1.003");

        string[] expected = ["1.001 done V1_001", "1.002 done V1_002", "1.003 baseline"];
        Assert.Equal(expected, await installation.JournalAsync());
        Assert.Equal(expected, await installation.JournalAsync("acme"));
        var (_, status) = await installation.RunJsonAsync("status");
        Assert.All(status["targets"]!.AsArray(), target => Assert.Equal("1.003", $"{target!["version"]}"));

        await installation.SucceedsAsync("--from", "1.003", "--to", "1.004");

        Assert.Equal([.. expected, "1.004 done V1_004"], await installation.JournalAsync("acme"));
        Assert.Equal(["V1_001", "V1_002", "V1_004"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task K5_may_have_steps_for_instances_alone_and_the_installation_is_stamped_too()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"), Sample.ForInstances("V1_002"));

        await installation.SucceedsAsync();

        Assert.Equal(["1.002 baseline"], await installation.JournalAsync());
        Assert.Contains("Nothing to do", (await installation.SucceedsAsync("--from", "1.002")).Output);
    }

    private static void Writes(ILGenerator il, string file)
    {
        il.Emit(OpCodes.Ldstr, file);
        il.Emit(OpCodes.Ldstr, "loaded");
        il.Emit(OpCodes.Call, typeof(File).GetMethod(nameof(File.WriteAllText), [typeof(string), typeof(string)])!);
    }
}
