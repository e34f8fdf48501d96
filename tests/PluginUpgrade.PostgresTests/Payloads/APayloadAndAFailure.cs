namespace PluginUpgrade.PostgresTests.Payloads;

public class APayloadAndAFailure(TestServer server)
{
    private static readonly PayloadSource Release = new("1.002", ("bin/krang", "new program")) { Remove = ["lib/legacy.so"] };

    [Nightly]
    [Fact]
    public async Task The_payload_stays_installed_if_its_versions_module_fails_and_the_same_command_does_the_rest()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        installation.Drop(new ModuleSource("V1_002") { PerInstallation = "SELECT 1/0", PerInstance = Sample.Count("V1_002") });

        var failed = await installation.RunAsync();

        Assert.Equal(1, failed.ExitCode);
        Assert.Equal(["1.001 done V1_001", "krang:payload 1.002 done payload", "1.002 failed V1_002"], await installation.JournalAsync());
        Assert.Contains("bin/krang 750 new program", installation.Installed());
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
        installation.Drop(Sample.Counting("V1_002"));
        Assert.Contains("Done: 2 steps", (await installation.SucceedsAsync()).Output);
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task The_payload_is_not_installed_if_an_earlier_step_fails()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release);
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "SELECT 1/0" });
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        Assert.Contains("bin/krang 750 old program", installation.Installed());
    }

    /// <summary>Something comes into its way after the plan was made.</summary>
    [Fact]
    public async Task C7_a_payload_that_fails_leaves_every_file_unchanged_and_status_says_so()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        await Gate.CloseAsync(installation);
        installation.Drop(Sample.Gated("V1_001"));
        installation.Write(Release);
        var before = installation.Installed();
        using var host = installation.Start();
        await Gate.ReachedAsync(installation, host);
        installation.Write("payload/bin/krang", "changed meanwhile");
        await Gate.OpenAsync(installation);

        var result = await host.EndAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error KU-7141 payload 1.002 on installation: The new program files could not be installed: "
            + "KU-7140 bin/krang: The file has changed since it was checked.", result.Error);
        Assert.Equal(before, installation.Installed().Where(line => line != "data/"));
        Assert.Contains("krang:payload 1.002 failed payload", await installation.JournalAsync());
        Assert.Matches("installation +failed-upgrade", (await installation.SucceedsAsync("status")).Output);
        await installation.SucceedsAsync();
        Assert.Contains("bin/krang 750 changed meanwhile", installation.Installed());
    }

    [Nightly]
    [Fact]
    public async Task A_half_installed_payload_of_a_killed_host_is_undone_and_installed_by_the_next_run()
    {
        await using var installation = await NewProgramFiles.InstalledAsync(server);
        installation.Write(Release with
        {
            Files = [.. Enumerable.Range(0, 1500).Select(i => ($"bin/{i}", $"new {i}"))],
        });
        foreach (var i in Enumerable.Range(0, 1500)) installation.Write($"bin/{i}", $"old {i}");
        using (var host = installation.Start())
        {
            // In the middle of putting them into place.
            var one = Path.Combine(installation.Root, "bin", "1200");
            while (!host.HasExited && !File.ReadAllText(one).StartsWith("new", StringComparison.Ordinal))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            host.Kill();
            await host.EndAsync();
        }
        var half = installation.Installed();
        Assert.Contains("bin/999 644 old 999", half);
        Assert.Contains(half, line => line.StartsWith("data/upgrade-undo/", StringComparison.Ordinal));

        await installation.SucceedsAsync();

        var after = installation.Installed();
        Assert.Equal(1500, after.Count(line => line.Contains(" new ", StringComparison.Ordinal)));
        Assert.DoesNotContain(after, line => line.StartsWith("data/upgrade-undo", StringComparison.Ordinal));
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }
}
