using System.CommandLine;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Whether targets are saved before they are upgraded. Overrides the setting <c>Run:Save</c>.</summary>
public sealed class SaveOptions
{
    private readonly Option<bool> _save = new("--save") { Description = "Save all targets before the first step (Run:Save=always)." };

    private readonly Option<bool> _noSave = new("--no-save")
    {
        Description = "Save nothing before the first step (Run:Save=never). Default: save targets that a step could damage permanently.",
    };

    public IReadOnlyList<Option> All => [_save, _noSave];

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    public SaveRule Read(VerbContext context)
    {
        var (save, noSave) = (context.Value(_save), context.Value(_noSave));
        if (save && noSave)
            context.Problems.Add(new Problem("KU-1113", "--save --no-save",
            "These options contradict each other.", "Use only one of them."));
        return noSave ? SaveRule.Never : save ? SaveRule.Always : context.Settings.Run.Save;
    }
}
