using System.CommandLine;
using PluginUpgrade.Cli;

namespace PluginUpgrade.Tests;

public class WordsThatAreMistyped
{
    private static readonly Command Root = CommandLine.Parse([]).Parsed.RootCommandResult.Command;

    [Theory]
    [InlineData("There is no verb statu. Did you mean status?", "statu")]
    [InlineData("There is no verb Status. Did you mean status?", "Status", "acme")]
    [InlineData("There is no option --form. Did you mean --from?", "--form", "1.001")]
    [InlineData("There is no option --form. Did you mean --from?", "upgrade", "--form", "1.001")]
    [InlineData("There is no option --rot. Did you mean --root?", "status", "--rot=/srv")]
    [InlineData("There is no verb something.", "something")]
    [InlineData("--parallel abc: the value must be a whole number.", "--parallel", "abc")]
    [InlineData("--to needs a value: --to V.", "--to")]
    [InlineData("--limit is given more than once.", "history", "--limit", "2", "--limit", "3")]
    [InlineData("--to is given more than once.", "--to", "1", "--to=2")]
    [InlineData("--order sideways: the value must be version-by-version or installation-first.", "--order", "sideways")]
    [InlineData("--atomic all: the value must be step or instance.", "plan", "--atomic", "all")]
    [InlineData("completion tcsh: the value must be bash, zsh, fish or powershell.", "completion", "tcsh")]
    [InlineData("reset needs INSTANCE: The instance, or 'installation'.", "reset")]
    [InlineData("--atomic step,instance: the value must be step or instance.", "plan", "--atomic", "step,instance")]
    public void G1e_what_was_meant_is_suggested(string told, params string[] words) =>
        Assert.Contains(told, UsageErrors.Of(CommandLine.Parse(words).Parsed)[0]);

    /// <summary>Every option of every verb, with a value that it cannot take, and without one.</summary>
    [Fact]
    public void G1e_no_type_of_the_runtime_is_named()
    {
        var asked = 0;
        foreach (var verb in Root.Subcommands.Append(Root))
            foreach (var option in verb.Options.Concat(Root.Options))
                foreach (var written in (string[][])[[option.Name, "abc"], [$"{option.Name}=abc"], [option.Name]])
                {
                    asked++;
                    string[] words = verb == Root ? written : [verb.Name, .. written];
                    foreach (var error in UsageErrors.Of(Root.Parse(words)))
                        Assert.DoesNotMatch(@"System\.|expected type|`|\n", error);
                }
        Assert.True(asked > 300);
    }
}
