using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// Installs only new program files, on a machine that shares the databases with other machines. No database is changed. If the
/// installation's database can be reached, it is checked for the same version.
/// </summary>
public static class FilesVerb
{
    private static readonly Option<string> To = new("--to")
    {
        Description = "Install them only if they are not newer than this version (default: install what is in the payload folder).",
        HelpName = "V",
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be done. Changes nothing." };

    private static readonly Option<bool> ExitCode = new("--exit-code")
    {
        Description = "With --dry-run: exit with 3 when files would be installed.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("files",
            "Install new program files on this machine only, after the databases were upgraded from another machine.")
        {
            To, DryRun, shared.Yes, ExitCode,
        };
        return verb.Does(shared, RunAsync);
    }

    private static Task<int> RunAsync(VerbContext context)
    {
        var to = context.Version("--to", context.Value(To));
        var useCase = new FilesUseCase(to, context.Problems) { IsDryRun = context.Value(DryRun) };
        if (context.Value(ExitCode) && !useCase.IsDryRun)
            context.Problems.Add(new Problem("KU-1134", "--exit-code",
                "--exit-code reports pending work, so it needs --dry-run.",
                "Add --dry-run, or leave out --exit-code."));
        context.IsResult = useCase.IsDryRun;
        return context.Flow.RunAsync(useCase, new Screen(context, useCase));
    }

    private sealed class Screen(VerbContext context, FilesUseCase useCase) : IScreen<Plan>
    {
        public int ShowNothingToDo(Prepared<Plan> prepared)
        {
            if (useCase.IsDryRun) return ShowPlan(prepared);
            return NothingToDo.Show(context.Output, FilesPlanner.VersionOf(prepared.State.Files.Record) is { } version
                ? $"Nothing to do: this machine has the program files of {version}."
                : "Nothing to do: no program files of a payload were installed on this machine.");
        }

        public int ShowPlan(Prepared<Plan> prepared) =>
            PlanVerb.Show(context, context.Value(ExitCode), prepared.Plan, prepared.Problems, [], OperatorHooks.None);

        public Task<int> ReportAsync(Prepared<Plan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
            ReportedRun.RunAsync(context, prepared.State.Settings, isDryRun: false, run);
    }
}
