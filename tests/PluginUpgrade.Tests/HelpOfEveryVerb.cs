using PluginUpgrade.Cli;

namespace PluginUpgrade.Tests;

/// <summary>What the real program prints, held against tests/PluginUpgrade.Tests/Help.</summary>
public class HelpOfEveryVerb
{
    private const string NoVerb = "krang-upgrade";

    private static readonly Snapshot Help = new("tests/PluginUpgrade.Tests/Help");

    public static TheoryData<string> Verbs =>
        [NoVerb, .. CommandLine.Parse([]).Parsed.RootCommandResult.Command.Subcommands.Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Is_as_it_was_and_fits_into_eighty_columns(string verb)
    {
        using var host = HostProcess.Start(verb == NoVerb ? ["--help"] : [verb, "--help"]);
        var result = await host.EndAsync();

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var lines = result.Output.Split('\n').Select(line => line.TrimEnd()).ToList();
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        if (Help.Difference(verb, string.Join('\n', lines).TrimEnd() + "\n") is { Length: > 0 } difference) Assert.Fail(difference);
    }

    [Fact]
    public void Is_kept_of_no_verb_that_is_gone() => Assert.Empty(Help.Names.Except(Verbs.Select(verb => verb.Data)));
}
