using System.Diagnostics;
using System.Text;

namespace PluginUpgrade.Harness;

/// <summary>The program on a terminal of its own, as a user sits before it: script(1) makes the terminal.</summary>
public sealed class TerminalProcess : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Process _script;
    private readonly StringBuilder _shown = new();
    private readonly Task _reading;

    private TerminalProcess(TestInstallation installation, string arguments, int columns)
    {
        installation.WriteSettings();
        // The shell lives on where the terminal hangs up, and writes down how the program ended. What it only traps, the program does
        // not inherit.
        var command = $"""
            trap : HUP INT
            stty cols {columns}
            sh -c 'echo $$ > {_directory.Root}/pid.new; mv {_directory.Root}/pid.new {_directory.Root}/pid; exec "$@"' sh \
              {BuiltFiles.Program} --root {installation.Root} {arguments}
            echo $? > {_directory.Root}/code.new; mv {_directory.Root}/code.new {_directory.Root}/code
            """;
        // Tests may run where signals are ignored, as in a background job: that is inherited.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,HUP,TERM,QUIT", "script", "-qfc", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["SHELL"] = "/bin/sh";
        start.Environment["PAGER"] = "cat";
        start.Environment.Remove("NO_COLOR");
        _script = Process.Start(start)!;
        _reading = ReadAsync();
    }

    /// <param name="arguments">As a shell reads them.</param>
    /// <param name="columns">How wide the terminal is.</param>
    public static TerminalProcess Start(TestInstallation installation, string arguments, int columns = 120) =>
        new(installation, arguments, columns);

    /// <summary>All that was written to the terminal.</summary>
    public string Shown
    {
        get
        {
            lock (_shown) return _shown.ToString();
        }
    }

    public async Task TypeAsync(string keys)
    {
        await _script.StandardInput.WriteAsync(keys);
        await _script.StandardInput.FlushAsync();
    }

    /// <summary>Ctrl-C.</summary>
    public Task InterruptAsync() => TypeAsync("\u0003");

    /// <summary>The window is closed, the line is lost.</summary>
    public void HangUp() => _script.Kill();

    /// <summary>The program's process.</summary>
    public async Task<int> ProcessAsync() => int.Parse(await ReadAsync("pid"), System.Globalization.CultureInfo.InvariantCulture);

    public Task SaysAsync(string text) =>
        UntilAsync(() => Shown.Contains(text, StringComparison.Ordinal), () => $"it does not say '{text}':\n{Shown}");

    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        var code = int.Parse(await ReadAsync("code"), System.Globalization.CultureInfo.InvariantCulture);
        // Then script(1) ends too, and all that it passed on has been read; unless a child that lives on has the terminal still.
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        return code;
    }

    /// <summary>Waits for something, for as long as a slow machine may need.</summary>
    public static async Task UntilAsync(Func<bool> isSo, Func<string> what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (!isSo())
        {
            Assert.False(limit.IsCancellationRequested, what());
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        if (!_script.HasExited) _script.Kill(entireProcessTree: true);
        _script.Dispose();
        _directory.Dispose();
    }

    private async Task<string> ReadAsync(string file)
    {
        var path = Path.Combine(_directory.Root, file);
        await UntilAsync(() => File.Exists(path), () => $"not at its end:\n{Shown}");
        return (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Trim();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _script.StandardOutput.ReadAsync(buffer) is > 0 and var count)
            lock (_shown) _shown.Append(buffer, 0, count);
    }
}
