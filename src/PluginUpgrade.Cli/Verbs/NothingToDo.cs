using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The end of a command that found nothing to do.</summary>
public static class NothingToDo
{
    /// <returns>The exit code: 0.</returns>
    public static int Show(Output output, string text)
    {
        if (output.IsJson) output.Json(Outcome.NothingToDo, 0, [], new { Steps = Array.Empty<object>() });
        output.WriteResult(text);
        return 0;
    }
}
