using System.ComponentModel;
using System.Diagnostics;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Programs;

/// <summary>How a program ended. Output and errors hold the last 64 Ki characters of each.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Its output for people: errors if there are any, else output.</summary>
    public string Said => (Errors.Trim().Length > 0 ? Errors : Output).Trim();
}

/// <summary>One call of a program: the only code of the engine that starts processes.</summary>
/// <remarks>
/// Arguments are a list and never pass through a shell. Everybody on the machine can read them: secrets go into the environment.
/// </remarks>
public sealed record ProgramCall
{
    // A child that is left behind may hold the pipes open for ever. After the program has ended, reading the rest may take this long.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private static readonly string[] KeptInCleanEnvironment = ["PATH", "TZ", "LD_LIBRARY_PATH"];

    /// <summary>A path, or a name that is searched along PATH.</summary>
    public required string File { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Added to the environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>
    /// Starts with an almost empty environment instead of krang-upgrade's, which may hold passwords that the server's user must not see.
    /// </summary>
    public bool CleanEnvironment { get; init; }

    /// <summary>C6: PostgreSQL's programs fail if they may not enter the current directory.</summary>
    public string Directory { get; init; } = "/";

    /// <summary><see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    // The shell holds a pipe from krang-upgrade. When krang-upgrade ends, the pipe closes, and the shell ends its session with all that the
    // program has started. If the program ends first, its background processes live on. Everything variable is a positional parameter.
    private const string Watched = """
        exec 3<&0
        unset PWD OLDPWD
        "$@" 3<&- </dev/null &
        program=$!
        trap '' TERM
        { read -r _ <&3; kill -TERM 0; sleep 5; kill -KILL 0; } 2>/dev/null >/dev/null &
        watch=$!
        exec 3<&-
        wait "$program"
        code=$?
        kill -KILL "$watch" 2>/dev/null
        exit "$code"
        """;

    /// <summary>
    /// Runs the program to its end; any exit code is returned. Cancellation or the timeout kills it and its children. It ends with this
    /// process, however that ends, and has a session of its own: Ctrl-C on the terminal reaches krang-upgrade alone.
    /// </summary>
    /// <exception cref="UpgradeException">KU-6004: it could not be started; KU-6005: it took too long.</exception>
    public async Task<ProgramResult> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = Start(watched: true);
        var (output, errors) = (new OutputTail(process.StandardOutput), new OutputTail(process.StandardError));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw new UpgradeException(new Problem("KU-6005", File,
                $"The program did not end within {Timeout.TotalSeconds:0} seconds and was killed. {output.Text} {errors.Text}".Trim(),
                "Check whether the machine or its disks are overloaded, then run the same command."));
        }
        process.StandardInput.Close();
        await LastWordsAsync(Task.WhenAll(output.Ended, errors.Ended));
        return new ProgramResult(process.ExitCode, output.Text, errors.Text);
    }

    /// <summary>
    /// The same without a time limit; a reader takes the program's output as it arrives. If the reader throws, the program is killed.
    /// </summary>
    /// <returns>Without the output.</returns>
    public async Task<ProgramResult> RunAsync(Func<Stream, Task> read, CancellationToken cancellationToken)
    {
        using var process = Start(watched: true);
        var errors = new OutputTail(process.StandardError);
        try
        {
            await read(process.StandardOutput.BaseStream);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch
        {
            Kill(process);
            throw;
        }
        process.StandardInput.Close();
        await LastWordsAsync(errors.Ended);
        return new ProgramResult(process.ExitCode, "", errors.Text);
    }

    private static async Task LastWordsAsync(Task ended) =>
        await ended.WaitAsync(DrainTime, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>
    /// Starts the program in a session of its own and does not wait: it outlives this process. The caller disposes the process object,
    /// which does not end the process.
    /// </summary>
    internal Process Start(out OutputTail output, out OutputTail errors)
    {
        var process = Start(watched: false);
        output = new OutputTail(process.StandardOutput);
        errors = new OutputTail(process.StandardError);
        return process;
    }

    private Process Start(bool watched)
    {
        var (file, arguments) = InItsSession(Found(), watched);
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory,
        };
        SetEnvironment(start.Environment);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            var problem = NotStarted(e.Message);
            throw new UpgradeException(
                LacksRoom(e) ? problem with { Remedy = "Check the limits of the machine (ulimit -a, the container's)." } : problem, e);
        }
        if (!watched) process.StandardInput.Close();
        return process;
    }

    /// <summary>The command that is started in its place; the program itself if the system has no setsid.</summary>
    private (string, IReadOnlyList<string>) InItsSession(string program, bool watched)
    {
        if (!OperatingSystem.IsLinux() || ProgramPath.Find("setsid") is not { } setsid) return (program, Arguments);
        return (setsid, watched ? ["/bin/sh", "-c", Watched, "sh", program, .. Arguments] : [program, .. Arguments]);
    }

    /// <summary>Checked here, because a shell would report a missing program by an exit code, like one of the program's own.</summary>
    private string Found()
    {
        var path = File.Contains('/', StringComparison.Ordinal) ? File : ProgramPath.Find(File);
        if (path is null || !System.IO.File.Exists(Path.Combine(Directory, path)))
            throw new UpgradeException(NotStarted("The file does not exist, or this user cannot see it"));
        const UnixFileMode any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (!OperatingSystem.IsWindows() && (System.IO.File.GetUnixFileMode(Path.Combine(Directory, path)) & any) == 0)
            throw new UpgradeException(NotStarted("It is not executable"));
        return path;
    }

    /// <summary>Whether the machine has too little memory, or too few processes or open files: the program is not at fault.</summary>
    internal static bool LacksRoom(Exception? e) =>
        e is Win32Exception { NativeErrorCode: Libc.WouldBlock or Libc.NoMemory or Libc.SystemFiles or Libc.ProcessFiles };

    private Problem NotStarted(string why) =>
        new("KU-6004", File, $"The program could not be started: {why}.", "Install it, or check its permissions.");

    private void SetEnvironment(IDictionary<string, string?> environment)
    {
        if (CleanEnvironment)
        {
            foreach (var name in environment.Keys.Except(KeptInCleanEnvironment).ToList()) environment.Remove(name);
        }
        foreach (var (name, value) in Environment)
        {
            if (value is null) environment.Remove(name);
            else environment[name] = value;
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended in the meantime, or runs as another user and this user cannot kill it.
        }
        // Orphaned children are no longer in the process tree, but still in the session.
        if (OperatingSystem.IsLinux()) Session.Kill(process.Id);
    }
}
