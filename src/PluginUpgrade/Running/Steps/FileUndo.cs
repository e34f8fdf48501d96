using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Files;
using PluginUpgrade.Steps;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Running.Steps;

/// <summary>Undoes or keeps a step's file changes, without hiding how the step itself ended.</summary>
internal static class FileUndo
{
    /// <returns>The step's problem, extended by the undo's problem if some files could not be restored.</returns>
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
        catch (Exception e) when (e is UpgradeException || FileError.Is(e))
        {
            return problem with { Message = $"{problem.Message} Also, some of its file changes could not be undone: {e.Message}" };
        }
    }

    /// <summary>Deletes the kept copies of files after the commit. If that fails, it is only a warning.</summary>
    public static async Task ForgetAsync(UndoLog files, UpgradeStep step, ChannelWriter<UpgradeEvent> events)
    {
        try
        {
            await files.ForgetAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is UpgradeException || FileError.Is(e))
        {
            events.TryWrite(new UpgradeEvent.StepLogged(step, LogLevel.Warning, e.Message));
        }
    }
}
