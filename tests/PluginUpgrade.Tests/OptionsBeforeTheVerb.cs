using System.CommandLine;
using PluginUpgrade.Cli;

namespace PluginUpgrade.Tests;

/// <summary>Every verb, with every option that any verb has, before it and after it.</summary>
public class OptionsBeforeTheVerb
{
    private static readonly Command Root = CommandLine.Parse([]).Parsed.RootCommandResult.Command;

    public static TheoryData<string> Verbs => [.. Root.Subcommands.Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void E1a_an_option_means_the_same_in_both_places_or_is_refused(string name)
    {
        var verb = Root.Subcommands.Single(one => one.Name == name);
        var options = Root.Subcommands.Append(Root).SelectMany(one => one.Options)
            .DistinctBy(option => (option.Name, Takes(option))).ToList();
        var own = verb.Options.Concat(Root.Options.Where(one => one.Recursive)).SelectMany(one => one.Aliases.Append(one.Name)).ToHashSet();
        Assert.True(options.Count > 25);
        List<string> different = [];
        foreach (var option in options)
        {
            // Of one name there may be two: of those the verb's own, where it has one.
            if (verb.Options.FirstOrDefault(one => one.Name == option.Name) is { } same && Takes(same) != Takes(option)) continue;
            string[] written = Takes(option) ? [option.Name, Value(option)] : [option.Name];
            string[] rest = [.. verb.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(_ => "1.001")];
            var (before, after) = (Told([.. written, name, .. rest]), Told([name, .. rest, .. written]));
            if (before != after) different.Add($"{string.Join(' ', written)} {name}: {before}; but after the verb: {after}");
            if (!own.Contains(option.Name) && before != Refused) different.Add($"{option.Name} {name} is not refused: {before}");
        }
        Assert.Empty(different);
    }

    [Theory]
    [InlineData("upgrade", "--instance", "plan")]
    [InlineData("upgrade", "--instance", "restore", "--to", "1.001")]
    [InlineData("saves", "--keep=1", "saves", "--older-than", "restore")]
    [InlineData("plan", "--dry-run=false", "plan")]
    [InlineData("saves", "--dry-run", "true", "saves")]
    [InlineData("restore", "--yes", "--dry-run", "restore", "upgrade")]
    public void E1a_a_verbs_name_may_be_an_options_value(string verb, params string[] words)
    {
        var parsed = CommandLine.Parse(words).Parsed;
        Assert.Equal(verb, parsed.CommandResult.Command is RootCommand ? "upgrade" : parsed.CommandResult.Command.Name);
    }

    [Fact]
    public void E1a_settings_stand_anywhere_and_nothing_is_read_from_a_file_of_arguments()
    {
        Assert.Equal("status", CommandLine.Parse(["--Run:Parallel", "4", "status"]).Parsed.CommandResult.Command.Name);
        var parsed = CommandLine.Parse(["upgrade", "@/etc/hostname"]).Parsed;
        Assert.Contains(parsed.Tokens, token => token.Value == "@/etc/hostname");
    }

    private static bool Takes(Option option) => option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0;

    private static string Value(Option option) => option.Name switch
    {
        "--parallel" or "--keep" => "2",
        "--atomic" => "instance",
        "--order" => "installation-first",
        _ => "1.001",
    };

    private const string Refused = "refused";

    /// <summary>What the parser makes of the words: the verb and each option with its values.</summary>
    private static string Told(string[] words)
    {
        var parsed = CommandLine.Parse(words).Parsed;
        if (parsed.Errors.Count > 0) return Refused;
        var verb = parsed.CommandResult.Command;
        var given = verb.Options.Concat(parsed.RootCommandResult.Command.Options.Where(one => one.Recursive))
            .Where(option => parsed.GetResult(option) is { Implicit: false })
            .Select(option => $"{option.Name} {string.Join(',', parsed.GetResult(option)!.Tokens.Select(token => token.Value))}")
            .Distinct().Order();
        return $"{verb.Name} {string.Join(' ', given)}";
    }
}
