using System.Globalization;

namespace PluginUpgrade.PostgresTests.Guards;

/// <summary>Real processes of an application that upgrades at its start: tests/GuardedApplication.</summary>
public class AnUpgradeAtStart(TestServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task J10_runs_once_when_eight_processes_start_at_once()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"), Sample.Gated("V1_003"));
        await Gate.CloseAsync(installation);

        var applications = Enumerable.Range(0, 8).Select(_ => Start(installation, "1.003")).ToList();
        await AllButOneHaveBeenRefusedAsync(applications);
        await Gate.OpenAsync(installation);
        var ends = await Task.WhenAll(applications.Select(application => application.EndAsync()));

        Assert.All(ends, end => Assert.True(end.ExitCode == 0 && end.Output.Contains("ready"), $"{end}"));
        foreach (var schema in (string[])["acme", "globex"])
            Assert.Equal(["V1_001", "V1_002", "V1_003"], await installation.CallsAsync(schema));
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("public"));
        Assert.Single(await installation.QueryAsync("SELECT DISTINCT run_id FROM acme.krang_upgrade_journal"));
        applications.ForEach(application => application.Dispose());
    }

    [Fact]
    public async Task J10_is_waited_for_by_those_that_come_later()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        await Gate.CloseAsync(installation);
        using var first = Start(installation, "1.001");
        await Gate.ReachedAsync(installation, first);

        using var second = Start(installation, "1.001");
        using var hasty = Start(installation, "1.001", patience: 1);
        var tooLong = await hasty.EndAsync();

        Assert.True(tooLong.ExitCode == 1, $"{tooLong}");
        Assert.StartsWith(
            "KU-9106 Another process upgrades schema acme, and has not reached version 1.001 within 1 s. See: ", tooLong.Error,
            StringComparison.Ordinal);
        Assert.EndsWith($"{BuiltFiles.Program} status --root {installation.Root}", tooLong.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.False(first.HasExited);
        Assert.False(second.HasExited);
        await Gate.OpenAsync(installation);
        Assert.Equal([0, 0], (await Task.WhenAll(first.EndAsync(), second.EndAsync())).Select(end => end.ExitCode));
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Nightly]
    [Fact]
    public async Task J10_is_taken_over_where_the_process_that_upgrades_is_killed()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), Sample.Gated("V1_002"));
        await Gate.CloseAsync(installation);
        using var upgrade = installation.Start();
        await Gate.ReachedAsync(installation, upgrade);
        using var application = Start(installation, "1.002");
        await HasBeenRefusedAsync(application);
        upgrade.Kill();
        await upgrade.EndAsync();
        await Gate.OpenAsync(installation);

        var end = await application.EndAsync();

        Assert.True(end.ExitCode == 0, $"{end}");
        Assert.Equal(["V1_001", "V1_002"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task J10_that_fails_is_told_with_what_it_said_and_the_command()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), new ModuleSource("V1_002") { PerInstance = "SELECT 1 / 0" });

        using var application = Start(installation, "1.002");
        var end = await application.EndAsync();

        Assert.True(end.ExitCode == 1, $"{end}");
        Assert.StartsWith("KU-9105 The upgrade at start did not succeed (exit code 1):\n", end.Error, StringComparison.Ordinal);
        Assert.EndsWith("KU-9101 Schema acme has version 1.001. This application needs version 1.002 or newer. Upgrade: "
            + $"{BuiltFiles.Program} --root {installation.Root}", end.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("division by zero", end.Error, StringComparison.Ordinal);
    }

    /// <summary>It gets no input and no --yes: what would be asked is refused.</summary>
    [Fact]
    public async Task J10_never_answers_a_question()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001") with { Version = "1.001", Irreversible = true });

        using var application = Start(installation, "1.001");
        var end = await application.EndAsync();

        Assert.True(end.ExitCode == 1, $"{end}");
        Assert.StartsWith("KU-9105 The upgrade at start did not succeed (exit code 2):\n", end.Error, StringComparison.Ordinal);
        Assert.Contains("KU-9103 Schema acme has no version", end.Error, StringComparison.Ordinal);
        Assert.Empty(await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task J10_goes_on_where_the_application_stops_waiting()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Gated("V1_001"));
        installation.WriteSettings();
        await Gate.CloseAsync(installation);
        await using var connection = new Npgsql.NpgsqlConnection(installation.Database);
        using var stop = new CancellationTokenSource();
        var options = new GuardOptions { Upgrade = [BuiltFiles.Program, "--root", installation.Root] };
        var waiting = UpgradeGuard.RequireAsync(connection, "acme", "1.001", options, stop.Token);
        while ((await Gate.WaitingAsync(installation)).Count == 0)
        {
            Assert.False(waiting.IsCompleted);
            await Task.Delay(50, Cancellation);
        }

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Gate.OpenAsync(installation);
        while (await installation.JournalAsync("acme") is not ["1.001 done V1_001"]) await Task.Delay(50, Cancellation);
    }

    [Fact]
    public async Task J10_that_succeeds_without_the_version_is_told()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        using var application = Start(installation, "1.002");
        var end = await application.EndAsync();
        Assert.StartsWith("KU-9105 The upgrade at start succeeded, but did not reach the version", end.Error, StringComparison.Ordinal);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task J10_does_not_begin_where_the_schema_suits_or_is_too_new()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();
        await using var connection = await installation.OpenAsync();
        var options = new GuardOptions { Upgrade = ["/nowhere/krang-upgrade"] };

        await UpgradeGuard.RequireAsync(connection, "acme", "1.001", options, Cancellation);

        var young = new GuardOptions { Upgrade = options.Upgrade, UpTo = "1.000" };
        Assert.Equal("KU-9102", (await Assert.ThrowsAsync<UpgradeGuardException>(
            () => UpgradeGuard.RequireAsync(connection, "acme", "0.9", young, Cancellation))).Code);
        var missing = await Assert.ThrowsAsync<UpgradeGuardException>(
            () => UpgradeGuard.RequireAsync(connection, "acme", "1.002", options, Cancellation));
        Assert.Equal("KU-9105", missing.Code);
        Assert.Contains("/nowhere/krang-upgrade cannot be started", missing.Message, StringComparison.Ordinal);
    }

    /// <summary>Until it has had a child, and has none any more.</summary>
    private static async Task HasBeenRefusedAsync(HostProcess application)
    {
        foreach (var hasChild in (bool[])[true, false])
            while (HasChild(application) != hasChild)
            {
                Assert.False(application.HasExited, application.ErrorSoFar);
                await Task.Delay(20, Cancellation);
            }
    }

    private static async Task AllButOneHaveBeenRefusedAsync(List<HostProcess> applications)
    {
        var seen = new HashSet<HostProcess>();
        while (seen.Count < applications.Count || applications.Count(HasChild) != 1)
        {
            seen.UnionWith(applications.Where(HasChild));
            Assert.DoesNotContain(applications, application => application.HasExited);
            await Task.Delay(20, Cancellation);
        }
    }

    private static bool HasChild(HostProcess application) => Directory.EnumerateDirectories($"/proc/{application.Id}/task")
        .Any(thread => ChildrenOf(thread).Length > 0);

    /// <summary>The thread may have ended meanwhile.</summary>
    private static string ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "children"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static HostProcess Start(TestInstallation installation, string version, int patience = 300)
    {
        installation.WriteSettings();
        return HostProcess.Start(
            [
                installation.Database, "acme", version, patience.ToString(CultureInfo.InvariantCulture),
                BuiltFiles.Program, "--root", installation.Root,
            ],
            program: BuiltFiles.GuardedApplication);
    }
}
