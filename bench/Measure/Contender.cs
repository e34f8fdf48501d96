using System.Diagnostics;

namespace PluginUpgrade.Measure;

/// <summary>A program with its arguments, started anew for each reading.</summary>
/// <param name="Name">As the table shows it.</param>
internal sealed record Contender(string Name, string Program, params string[] Arguments)
{
    /// <summary>From before its start to after its end.</summary>
    /// <exception cref="InvalidOperationException">It failed: then its time says nothing.</exception>
    public async Task<(TimeSpan Time, string Output)> RunAsync(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var time = Stopwatch.GetElapsedTime(begin);
        return process.ExitCode == 0
            ? (time, await output)
            : throw new InvalidOperationException($"{Name} ended with {process.ExitCode}:\n{await output}{await error}");
    }
}
