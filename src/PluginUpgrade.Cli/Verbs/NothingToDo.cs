using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The end of a command that found nothing to do.</summary>
public static class NothingToDo
{
    /// <returns>The exit code: 0.</returns>
    public static int Show(Output output, string text)
    {
        if (output.IsJson)
            output.Json(new
            {
                Outcome = "nothing-to-do",
                ExitCode = 0,
                Steps = Array.Empty<object>(),
                Problems = Array.Empty<Problem>(),
            });
        output.WriteResult(text);
        return 0;
    }
}
