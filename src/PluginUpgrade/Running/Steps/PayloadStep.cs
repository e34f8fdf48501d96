using System.Runtime.Loader;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Files;
using PluginUpgrade.Payloads;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>A step that installs new program files into the root, and logs what it did.</summary>
public sealed class PayloadStep(RunContext context, ChannelWriter<UpgradeEvent> events)
{
    public async Task InstallAsync(UpgradeStep step, Payload payload, UndoLog files, CancellationToken abort)
    {
        LoadOwnProgram(context.Root);
        var outcome = await new PayloadInstallation(payload, context.Kept, context.RunId, context.Time)
            .InstallAsync(files, (done, total) => events.TryWrite(new UpgradeEvent.StepProgressed(step, done, total)), abort);
        Log(step, LogLevel.Information, $"{outcome.Effect}");
        foreach (var path in outcome.Beside)
            Log(step, LogLevel.Warning, $"{path} is kept; the new file is beside it, with .new after its name");
        foreach (var path in outcome.Left)
            Log(step, LogLevel.Warning, $"{path} was not removed: it contains something that the payload does not name");
    }

    /// <summary>For a dry run: only reports, because programs may be using the files.</summary>
    public void Preview(UpgradeStep step, Payload payload)
    {
        var (effect, problems) = PayloadInstallation.Preview(payload, context.Kept, context.Root);
        if (problems.Count > 0) throw new UpgradeException(problems);
        Log(step, LogLevel.Warning, $"a dry run installs no files; an upgrade would install {effect}");
    }

    /// <summary>
    /// krang-upgrade's own files may be among those replaced. Load all its assemblies now, so that it continues with the old ones.
    /// </summary>
    private static void LoadOwnProgram(string root)
    {
        var home = AppContext.BaseDirectory;
        if (!home.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return;
        foreach (var file in Directory.EnumerateFiles(home, "*.dll"))
            try
            {
                AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
            }
            catch (Exception e) when (e is BadImageFormatException or FileLoadException)
            {
                // A native library, or an assembly that does not belong to this program.
            }
    }

    private void Log(UpgradeStep step, LogLevel level, string message) =>
        events.TryWrite(new UpgradeEvent.StepLogged(step, level, message));
}
