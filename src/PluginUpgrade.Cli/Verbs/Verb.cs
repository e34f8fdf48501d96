using System.CommandLine;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Runs a verb, and turns whatever leaves it into an exit code and a sentence.</summary>
public static class Verb
{
    private static readonly Problem NoThreads = new("KU-1121", "",
        "Modules keep every thread of this process busy, so the running steps could not be cancelled in order. The process was ended; " +
        "the server rolls back what was not committed.", "Correct the module. Then run the same command: it goes on with what is left.");

    public static T Does<T>(this T command, SharedOptions shared, Func<VerbContext, Task<int>> action) where T : Command
    {
        command.SetAction(async (parsed, _) =>
        {
            using var output = Output.Of(parsed, shared);
            using var signals = new StopSignals(output.Tell, () => EndAtOnce(output));
            using var unexpected = new UnexpectedEnd(output, signals);
            using var context = new VerbContext(parsed, shared, output, signals);
            return output.ExitCode(await RunAsync(context, action), context.HasBegun);
        });
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, Func<VerbContext, Task<int>> action)
    {
        var output = context.Output;
        try
        {
            var exitCode = await action(context);
            output.Warn(context.LeftRunning);
            return exitCode;
        }
        catch (UpgradeException e)
        {
            if (output.IsVerbose && e.InnerException is { } inner) output.Remark($"{inner}");
            return output.Refuse(e.Problems);
        }
        catch (OperationCanceledException) when (context.Signals.Stop.IsCancellationRequested)
        {
            if (output.IsJson) output.Json(new { Outcome = "stopped", ExitCode = 130, Problems = Array.Empty<Problem>() });
            output.Tell("stopped; the same command continues.");
            return 130;
        }
        catch (Exception e)
        {
            if (output.IsVerbose) output.Remark($"{e}");
            if (SystemFailure.Of(e, context.HasBegun) is not { } failure) return Fail(output, Unforeseen(e));
            return context.HasBegun ? Fail(output, failure) : output.Refuse([failure]);
        }
    }

    /// <summary>A fault of this program. What was committed is in the journals all the same.</summary>
    private static Problem Unforeseen(Exception e) => new("KU-9001", "",
        $"An unexpected failure: {e.GetType().Name}: {CopiedPaths.Translate(e.Message)}",
        "See where things stand: krang-upgrade status. With --verbose, the same command tells where it failed.");

    private static int Fail(Output output, Problem problem)
    {
        if (output.IsJson) output.Json(new { Outcome = "failed", ExitCode = 1, Problems = new[] { problem } });
        else output.Print([problem]);
        return 1;
    }

    private static void EndAtOnce(Output output)
    {
        if (output.IsJson) output.Json(new { Outcome = "stopped", ExitCode = 130, Problems = new[] { NoThreads } });
        else output.Print([NoThreads]);
        Descriptor.EndProcess(130);
    }
}
