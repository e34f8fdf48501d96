using System.Diagnostics;
using System.Text;

namespace PluginUpgrade.Harness;

/// <summary>A shell as a person sits before it: script(1) makes the terminal, and keys are typed.</summary>
public sealed class ShellOnATerminal : IDisposable
{
    private const string Home = "\u0001", End = "\u0005";

    private readonly string _directory;
    private readonly Process _script;
    private readonly StringBuilder _shown = new();
    private int _typed;

    /// <param name="shell">With its options.</param>
    /// <param name="inside">Where it begins.</param>
    /// <param name="directory">The test's own; programs in its <c>bin</c> are found.</param>
    public ShellOnATerminal(string shell, string inside, string directory)
    {
        _directory = directory;
        // Writes down the words that it is given: a line that was completed is not run, but read.
        var keep = Path.Combine(directory, "bin", "keep");
        File.WriteAllText(keep, $"#!/bin/sh\nto=$1; shift; echo \"$@\" > {directory}/new; mv {directory}/new {directory}/$to\n");
        File.SetUnixFileMode(keep, (UnixFileMode)0b111_101_101);
        string[] words = ["--default-signal=INT,HUP,TERM,QUIT", "script", "-qfc", $"stty cols 200; {shell}", "/dev/null"];
        var start = new ProcessStartInfo("env", words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = inside,
        };
        start.Environment["PATH"] = $"{directory}/bin:{Environment.GetEnvironmentVariable("PATH")}";
        (start.Environment["TERM"], start.Environment["HOME"], start.Environment["SHELL"]) = ("xterm", directory, "/bin/sh");
        _script = Process.Start(start)!;
        _script.OutputDataReceived += (_, line) =>
        {
            lock (_shown) _shown.AppendLine(line.Data);
        };
        _script.BeginOutputReadLine();
    }

    /// <summary>A whole line; until it has been carried out.</summary>
    public async Task EnterAsync(string line)
    {
        await TypeAsync($"{line}\n");
        await KeptAsync("ready");
    }

    /// <summary>Types the beginning of a line and TAB.</summary>
    /// <returns>What the line has become.</returns>
    public async Task<string> CompleteAsync(string typed)
    {
        await TypeAsync($"{typed}\t");
        // What is typed while it completes belongs to the completed line: a terminal keeps the order.
        return await KeptAsync("'", Home);
    }

    private async Task<string> KeptAsync(string words, string keys = "")
    {
        var name = $"kept{++_typed}";
        // Quoted as one word by the line's own beginning and end: the shell is to keep its hands off it.
        await TypeAsync(keys.Length > 0 ? $"{keys}keep {name} {words}{End}{words}\n" : $"keep {name} {words}\n");
        var file = Path.Combine(_directory, name);
        await TerminalProcess.UntilAsync(() => File.Exists(file), () => $"no answer:\n{Shown}");
        return (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim();
    }

    private string Shown
    {
        get
        {
            lock (_shown) return $"{_shown}";
        }
    }

    private async Task TypeAsync(string keys)
    {
        await _script.StandardInput.WriteAsync(keys);
        await _script.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_script.HasExited) _script.Kill(entireProcessTree: true);
        _script.Dispose();
    }
}
