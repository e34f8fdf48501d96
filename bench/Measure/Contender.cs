using System.Diagnostics;
using System.Globalization;

namespace PluginUpgrade.Measure;

/// <summary>A program with its arguments, started anew for each reading.</summary>
/// <param name="Name">As the table shows it.</param>
internal sealed record Contender(string Name, string Program, params string[] Arguments)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>From before its start to after its end.</summary>
    /// <returns>Peak: the most kilobytes that its own process had resident, looked at ten times a second.</returns>
    /// <exception cref="InvalidOperationException">It failed: then its time says nothing.</exception>
    public async Task<(TimeSpan Time, string Output, long Peak)> RunAsync(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var (end, peak) = (process.WaitForExitAsync(), 0L);
        while (await Task.WhenAny(end, Task.Delay(Look)) != end) peak = Math.Max(peak, PeakOf(process.Id));
        var time = Stopwatch.GetElapsedTime(begin);
        return process.ExitCode == 0
            ? (time, await output, peak)
            : throw new InvalidOperationException($"{Name} ended with {process.ExitCode}:\n{await output}{await error}");
    }

    /// <summary>VmHWM: see proc(5). Nothing where the process has just ended.</summary>
    private static long PeakOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
