using System.CommandLine;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Runs a verb, and turns its exceptions into an exit code and a message.</summary>
public static class Verb
{
    private static readonly Problem NoThreads = new("KU-1121", "",
        "Modules block all threads of this process, so the running steps could not be cancelled cleanly. The process was ended; " +
        "the server rolls back what was not committed.", "Correct the module. To continue, run the same command.");

    public static T Does<T>(this T command, SharedOptions shared, Func<VerbContext, Task<int>> action) where T : Command
    {
        command.SetAction(async (parsed, _) =>
        {
            using var output = Output.Of(parsed, shared, shared.Words);
            using var signals = new StopSignals(output.WriteProgress, aborting => EndAtOnce(output, aborting));
            using var unexpected = new UnexpectedEnd(output, signals);
            var context = new VerbContext(parsed, shared, output, signals);
            return output.ExitCode(await RunAsync(context, action), context.HasBegun);
        });
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, Func<VerbContext, Task<int>> action)
    {
        var output = context.Output;
        try
        {
            await using (context) return await action(context);
        }
        catch (UpgradeException e)
        {
            if (output.IsVerbose && e.InnerException is { } inner) output.Remark(FailureText.WithStackTrace(inner));
            return output.Refuse(e.Problems);
        }
        catch (OperationCanceledException) when (context.Signals.Stop.IsCancellationRequested)
        {
            if (output.IsJson) output.Json(Outcome.Stopped, 130, []);
            output.WriteProgress(context.HasBegun ? "stopped; to continue, run the same command." : "stopped: nothing was changed.");
            if (context.HasBegun && !output.IsQuiet) output.NameSameCommand();
            return 130;
        }
        catch (Exception e)
        {
            if (output.IsVerbose) output.Remark(FailureText.WithStackTrace(e));
            if (SystemFailure.Of(e, context.HasBegun) is not { } failure) return Fail(output, Unforeseen(e));
            return context.HasBegun ? Fail(output, failure) : output.Refuse([failure]);
        }
        finally
        {
            output.Warn(context.LeftRunning);
        }
    }

    /// <summary>A bug in this program. The journals still hold what was committed.</summary>
    private static Problem Unforeseen(Exception e) => new("KU-9001", "",
        $"Internal error: {FailureText.NameAndMessage(e)}",
        $"To see where it failed, run the same command with --verbose. To see the state of the targets: {NextCommand.Of("status")}");

    private static int Fail(Output output, Problem problem)
    {
        if (output.IsJson) output.Json(Outcome.Failed, 1, [problem]);
        else output.Print([problem]);
        return 1;
    }

    /// <param name="aborting">True if the user cancelled; false if modules are far beyond their time limit.</param>
    private static void EndAtOnce(Output output, bool aborting)
    {
        var problem = aborting ? NoThreads : NoThreads with
        {
            Code = "KU-5035",
            Subject = Problem.Join(ModulesAtWork.Now),
            Message = "Modules block all threads of this process, so modules past their time limit could not be ended cleanly. " +
                "The process was ended; the server rolls back what was not committed.",
        };
        var exitCode = aborting ? 130 : 1;
        if (output.IsJson) output.Json(Outcome.Of(exitCode), exitCode, [problem]);
        else output.Print([problem]);
        ProcessEnd.Now(exitCode);
    }
}
