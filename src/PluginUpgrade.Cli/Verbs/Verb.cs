using System.CommandLine;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Runs a verb, and turns whatever leaves it into an exit code and a sentence.</summary>
public static class Verb
{
    public static T Does<T>(this T command, SharedOptions shared, Func<VerbContext, Task<int>> action) where T : Command
    {
        command.SetAction(async (parsed, _) =>
        {
            using var output = Output.Of(parsed, shared);
            using var signals = new StopSignals(output.Tell);
            using var unexpected = new UnexpectedEnd(output, signals);
            try
            {
                using var context = new VerbContext(parsed, shared, output, signals);
                var exitCode = await action(context);
                output.Warn(context.LeftRunning);
                return exitCode;
            }
            catch (UpgradeException e)
            {
                if (output.IsVerbose && e.InnerException is { } inner) output.Error.WriteLine(inner);
                return output.Refuse(e.Problems);
            }
            catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
            {
                if (output.IsJson) output.Json(new { Outcome = "stopped", ExitCode = 130, Problems = Array.Empty<Problem>() });
                output.Tell("stopped; the same command continues.");
                return 130;
            }
            catch (Exception e)
            {
                // What nobody foresaw: a fault of this program. What was committed is in the journals all the same.
                var problem = new Problem("KU-9001", "", $"An unexpected failure: {e.GetType().Name}: {CopiedPaths.Translate(e.Message)}",
                    "See where things stand: krang-upgrade status. With --verbose, the same command tells where it failed.");
                if (output.IsJson) output.Json(new { Outcome = "failed", ExitCode = 1, Problems = new[] { problem } });
                else output.Print([problem]);
                if (output.IsVerbose) output.Error.WriteLine(e);
                return 1;
            }
        });
        return command;
    }
}
