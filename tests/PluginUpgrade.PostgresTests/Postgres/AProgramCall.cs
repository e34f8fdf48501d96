using PluginUpgrade.Programs;

namespace PluginUpgrade.PostgresTests.Postgres;

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
    public async Task A_call_that_takes_too_long_is_killed()
    {
        var call = Shell("echo begun; sleep 60") with { Timeout = TimeSpan.FromMilliseconds(300) };
        var problem = Assert.Single((await Assert.ThrowsAsync<UpgradeException>(() => call.RunAsync(Token))).Problems);
        Assert.Equal("KU-6005", problem.Code);
        Assert.Contains("begun", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_program_is_a_problem()
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

        var clean = (await (call with { CleanEnvironment = true }).RunAsync(Token)).Output.Trim().Split('\n');
        var kept = new HashSet<string>(["PATH", "TZ", "LD_LIBRARY_PATH", "MINE"]);
        Assert.Subset(kept, clean.Select(line => line.Split('=')[0]).ToHashSet());
    }

    private static ProgramCall Shell(string script) => new() { File = "/bin/sh", Arguments = ["-c", script] };
}
