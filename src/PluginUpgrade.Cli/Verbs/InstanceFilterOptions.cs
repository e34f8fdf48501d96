using System.CommandLine;
using PluginUpgrade.Instances;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The options that select instances, in addition to their names; the same for every verb that works on many.</summary>
public sealed class InstanceFilterOptions
{
    private readonly Option<string[]> _labels = new("--label")
    {
        Description = "Only instances with this label, without the installation. Can be repeated.",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<string[]> _excluded = new("--exclude")
    {
        Description = "Exclude this instance; * and ? are wildcards. The installation's steps record the exclusion.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _onlyFailed = new("--only-failed")
    {
        Description = "Only instances whose last attempt failed, without the installation.",
    };

    private readonly Option<string[]> _named = new("--instance")
    {
        Description = "Only this instance, without the installation; the same as naming it without the option. Can be repeated.",
        HelpName = "NAME",
    };

    public IReadOnlyList<Option> All => [_named, _labels, _excluded, _onlyFailed];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    public InstanceFilter Read(VerbContext context, string[] names)
    {
        var labels = context.Value(_labels) ?? [];
        foreach (var label in labels.Where(label => label.Split('=', 2) is not [{ Length: > 0 }, { Length: > 0 }]))
            context.Problems.Add(new Problem("KU-1109", $"--label {label}",
                "Not a label: write KEY=VALUE.", "For example: --label ring=canary"));
        return new InstanceFilter
        {
            Names = [.. names, .. context.Value(_named) ?? []],
            Labels = [.. labels.Where(label => label.Contains('='))],
            Excluded = context.Value(_excluded) ?? [],
            OnlyFailed = context.Value(_onlyFailed),
        };
    }
}
