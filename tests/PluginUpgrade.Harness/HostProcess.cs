using System.Diagnostics;
using System.Text;

namespace PluginUpgrade.Harness;

/// <summary>What a run of the program left.</summary>
public sealed record HostResult(int ExitCode, string Output, string Error)
{
    public string All => $"{Output}\n{Error}";

    public override string ToString() => $"exit {ExitCode}\n--- standard output\n{Output}\n--- standard error\n{Error}";
}

/// <summary>The real program, as a process of its own.</summary>
public sealed class HostProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private HostProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Standard error as far as it has come: progress, a line an event.</summary>
    public string ErrorSoFar
    {
        get
        {
            lock (_error) return _error.ToString();
        }
    }

    public static HostProcess Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null,
        string? program = null)
    {
        // A shell starts what it runs in the background with Ctrl-C ignored, and hands that down: the program is to have it as users do.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,TERM", program ?? BuiltFiles.Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory ?? "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        var host = new HostProcess(Process.Start(start)!);
        Collect(host._process, host);
        host._process.StandardInput.Close();
        return host;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Sends a signal by its name, as INT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits until standard error holds the text.</summary>
    public async Task SaysAsync(string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!ErrorSoFar.Contains(text, StringComparison.Ordinal))
        {
            var endedWithout = HasExited && !ErrorSoFar.Contains(text, StringComparison.Ordinal);
            Assert.False(endedWithout, $"ended without saying '{text}':\n{ErrorSoFar}");
            await Task.Delay(10, limit.Token);
        }
    }

    public async Task<HostResult> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Assert.True(HasExited, $"not at its end after three minutes:\n{ErrorSoFar}");
        lock (_output)
            lock (_error)
                return new HostResult(_process.ExitCode, _output.ToString(), _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static void Collect(Process process, HostProcess host)
    {
        process.OutputDataReceived += (_, line) => Add(host._output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(host._error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        static void Add(StringBuilder text, string? line)
        {
            if (line is null) return;
            lock (text) text.Append(line).Append('\n');
        }
    }
}
