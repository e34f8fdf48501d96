using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// F8: in turn the server's data, its write-ahead log, the installation's root and the places for temporary files have room for so many
/// megabytes (the root: pages), and the run needs more. Then room is made, and the same command given again.
/// </summary>
public class AFullDisk(ITestOutputHelper output)
{
    private const int Levels = 9, Megabyte = 1 << 20, Page = 4096;

    private static readonly string[] Command = ["--to", "1.004"];

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 2, nightly: 60, release: 200);
    private Suite _suite = null!;

    [Fact]
    public async Task F8_is_a_clean_failure_and_the_same_command_completes_when_there_is_room()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _suite = new Suite("F8", _plan, output);
        await using var server = await ServerOnSmallDisks.TryStartAsync(cancellation);
        Assert.SkipWhen(server is null, "This process may not mount a small file system: it needs root and CAP_SYS_ADMIN.");
        var template = await FleetTemplate.MakeAsync(server.Server, cancellation);
        for (var trial = 0; trial < _plan.Count; trial++) await TrialAsync(server, template, trial, cancellation);
        _suite.End(_plan.Count, _suite["runs that met a full disk"]);
    }

    private async Task TrialAsync(ServerOnSmallDisks server, FleetTemplate template, int trial, CancellationToken cancellationToken)
    {
        // By steps of four: few trials see much of a disk, and nine see all of it.
        var level = (trial / 4 * 4 + 1 + _plan.Seed % Levels) % Levels;
        await using var fleet = await template.CopyAsync(cancellationToken);
        fleet.Narrow(["acme", "umbrella"], "V1_004", seconds: "0");
        var (what, run) = _plan.KindOf(trial, 4) switch
        {
            0 => ("data", DataAsync(server, fleet, level, cancellationToken)),
            1 => ("log", LogAsync(server, fleet, level, cancellationToken)),
            2 => ("root", RootAsync(fleet, level)),
            _ => ("temporary", TemporaryAsync(server, fleet, level, cancellationToken)),
        };
        await JudgeAsync(fleet, $"trial {trial}, {what}, level {level}", await run, cancellationToken);
    }

    private static async Task<ProgramEnd> DataAsync(ServerOnSmallDisks server, Fleet fleet, int level, CancellationToken cancellationToken)
    {
        WriteMuch(fleet);
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        server.Data.Leave(level * Megabyte);
        var end = await fleet.RunAsync(Command);
        server.Data.MakeRoom();
        return end;
    }

    /// <summary>A server that cannot write its log ends: it is given room, and started again, as soon as it is gone.</summary>
    private async Task<ProgramEnd> LogAsync(ServerOnSmallDisks server, Fleet fleet, int level, CancellationToken cancellationToken)
    {
        WriteMuch(fleet);
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
        server.Log.Leave(level * Megabyte);
        using var host = fleet.Start(Command);
        var ended = Fleet.EndAsync(host);
        while (!ended.IsCompleted && await server.AnswersAsync(cancellationToken)) await Task.Delay(50, cancellationToken);
        server.Log.MakeRoom();
        if (!await server.AnswersAsync(cancellationToken))
        {
            _suite.Count("servers that ended for lack of room");
            await server.Server.RestartAsync();
        }
        var end = await ended;
        // Those of the checker did not survive the crash.
        NpgsqlConnection.ClearAllPools();
        return end;
    }

    private static async Task<ProgramEnd> RootAsync(Fleet fleet, int level)
    {
        var disk = fleet.MountRoot(megabytes: 4);
        disk.Leave(level * Page);
        var end = await fleet.RunAsync(Command);
        disk.MakeRoom();
        return end;
    }

    /// <summary>The host's own temporary files, and those that the server sorts in.</summary>
    private static async Task<ProgramEnd> TemporaryAsync(
        ServerOnSmallDisks server, Fleet fleet, int level, CancellationToken cancellationToken)
    {
        WriteMuch(fleet);
        foreach (var database in fleet.Databases)
            await server.ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(database).Database} "
                + $"SET temp_tablespaces = '{ServerOnSmallDisks.Spill}'", cancellationToken);
        fleet.Environment["TMPDIR"] = server.Temporary.Path;
        server.Temporary.Leave(level * Megabyte / 4);
        var end = await fleet.RunAsync(Command);
        server.Temporary.MakeRoom();
        fleet.Environment.Remove("TMPDIR");
        return end;
    }

    /// <summary>A megabyte a step.</summary>
    private static void WriteMuch(Fleet fleet)
    {
        foreach (var (_, module) in fleet.Settings["Modules"]!.AsObject()) module!["Kilobytes"] = "1000";
    }

    private async Task JudgeAsync(Fleet fleet, string where, ProgramEnd first, CancellationToken cancellationToken)
    {
        _suite.Count($"{where.Split(", ")[1]}: exit code {first.ExitCode}");
        if (first.ExitCode != 0) _suite.Count("runs that met a full disk");
        await CheckAsync(first, "full");
        if (first.Error.Contains("KU-9001", StringComparison.Ordinal)) _suite.Violation(where, $"nobody foresaw this: {first}");
        // A full log is seen as a lost connection: nobody is left to say why. And what a server says to who connects is its own affair.
        // Where part of a page still fitted, the server says no more than that, with its code for a full disk.
        var saysWhy = first.Error.Contains("No space left on device", StringComparison.Ordinal)
            || first.Error.Contains("SQLSTATE 53100", StringComparison.Ordinal)
            || where.Contains(", log,", StringComparison.Ordinal);
        if (first.ExitCode == 1 && !saysWhy) _suite.Violation(where, $"I8: does not say that the disk is full: {first}");

        var end = await fleet.RunAsync(Command);
        if (end.ExitCode != 0) _suite.Violation(where, $"I7: with room again, one more run did not suffice: {end}");
        await CheckAsync(end, "resumed");

        async Task CheckAsync(ProgramEnd ended, string when)
        {
            foreach (var violation in await fleet.CheckAsync(ended, cancellationToken))
                _suite.Violation($"{where}, {when}", $"{violation}\n{ended}");
        }
    }
}
