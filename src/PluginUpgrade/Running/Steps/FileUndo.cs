using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Files;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Ends a step's file changes without ever hiding how the step itself ended.</summary>
internal static class FileUndo
{
    /// <returns>The step's problem; with the undo's own, where not all of the files could be put back.</returns>
    public static async Task<Problem> UndoAsync(UndoLog files, Problem problem)
    {
        try
        {
            await files.UndoAsync(CancellationToken.None);
            return problem;
        }
        catch (UpgradeException e) when (!e.Problems.HaveErrors())
        {
            return problem with { Message = $"{problem.Message} {e.Message}" };
        }
        catch (Exception e) when (e is UpgradeException or IOException or UnauthorizedAccessException)
        {
            return problem with { Message = $"{problem.Message} Also, some of its file changes could not be undone: {e.Message}" };
        }
    }

    /// <summary>The step is committed: if the copies kept of its files cannot be deleted, that is a warning.</summary>
    public static async Task ForgetAsync(UndoLog files, UpgradeStep step, ChannelWriter<UpgradeEvent> events)
    {
        try
        {
            await files.ForgetAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is UpgradeException or IOException or UnauthorizedAccessException)
        {
            events.TryWrite(new UpgradeEvent.StepLogged(step, LogLevel.Warning, e.Message));
        }
    }
}
