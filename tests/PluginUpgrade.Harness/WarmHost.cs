using System.Diagnostics;
using System.Text.Json;

namespace PluginUpgrade.Harness;

/// <summary>
/// A process that runs the program's command line many times, one run after the other: without the third of a second that a process needs
/// to begin. For faults that are done to connections; whatever is done to the process itself needs a <see cref="HostProcess"/>.
/// </summary>
public sealed class WarmHost : IDisposable
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    private readonly Process _process;

    private WarmHost(Process process) => _process = process;

    public static WarmHost Start(IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(BuiltFiles.WarmHost)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new WarmHost(Process.Start(start)!);
    }

    public async Task<HostResult> RunAsync(IEnumerable<string> arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(arguments).AsMemory(), limit.Token);
        await _process.StandardInput.FlushAsync(limit.Token);
        var line = await _process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.NotNull(line);
        return JsonSerializer.Deserialize<HostResult>(line, Format)!;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
