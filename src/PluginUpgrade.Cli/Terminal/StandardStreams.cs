using System.Text;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>
/// Standard output and standard error as the program was started with them, kept under duplicated descriptors. Descriptor 1 is redirected
/// to standard error: what a module, a library or a child process writes to standard output cannot break a result.
/// </summary>
internal static class StandardStreams
{
    private const int OutNumber = 1, ErrorNumber = 2;

    private static BestEffortWriter? _out;
    private static BestEffortWriter? _error;
    private static int _keptOut;
    private static int? _outWidth;
    private static int? _errorWidth;

    public static TextWriter Out => _out ?? Console.Out;

    public static TextWriter Error => _error ?? Console.Error;

    /// <summary>Why results were not written completely; null if they were.</summary>
    public static IOException? OutFailure => _out?.Failure;

    /// <summary>Width of the terminal in columns; null if standard output is no terminal.</summary>
    public static int? OutWidth => _out is null ? null : _outWidth;

    public static int? ErrorWidth => _error is null ? null : _errorWidth;

    /// <summary>Whether <see cref="Take"/> has succeeded; false in a process that uses the command line as a library.</summary>
    public static bool AreTaken => _out is not null;

    /// <summary>To be called before anything else: the runtime opens the console only once.</summary>
    public static void Take()
    {
        if (!OperatingSystem.IsLinux()) return;
        StartAgainWhereClosed();
        var (keptOut, keptError) = (Descriptor.Keep(OutNumber), Descriptor.Keep(ErrorNumber));
        if (keptOut < 0 || keptError < 0 || !Descriptor.Replace(OutNumber, ErrorNumber)) return;
        _keptOut = keptOut;
        (_outWidth, _errorWidth) = (WidthOf(keptOut), WidthOf(keptError));
        (_out, _error) = (WriterOn(keptOut), WriterOn(keptError));
    }

    /// <summary>Sends everything written to <see cref="Console"/> to this writer. Modules share that class with krang-upgrade.</summary>
    public static void GiveConsole(TextWriter writer)
    {
        if (!AreTaken) return;
        Console.SetOut(writer);
        Console.SetError(writer);
    }

    /// <summary>Restores descriptor 1, for a child process that writes to standard output.</summary>
    public static void GiveBack()
    {
        if (AreTaken) Descriptor.Replace(OutNumber, _keptOut);
    }

    /// <summary>
    /// If a standard stream was closed at the start, the runtime has opened its own files under that number, and progress would be written
    /// into them: perhaps into a server connection. So the program starts again with /dev/null there; standard output is opened read-only,
    /// so that writing still fails.
    /// </summary>
    private static void StartAgainWhereClosed()
    {
        string[] harmless = ["</dev/null", "1</dev/null", "2>/dev/null"];
        var closed = harmless.Where((_, number) => !Descriptor.WasGiven(number)).ToList();
        if (closed.Count == 0 || Environment.ProcessPath is not { } program) return;
        // Each argument ends with a NUL, the last one too; an argument may be empty.
        var arguments = File.ReadAllText("/proc/self/cmdline").Split('\0')[1..^1];
        Descriptor.Become("/bin/sh", ["-c", $"exec \"$@\" {string.Join(' ', closed)}", "sh", program, .. arguments]);
    }

    private static int? WidthOf(int descriptor) => Descriptor.IsTerminal(descriptor) ? Descriptor.Width(descriptor) ?? 80 : null;

    private static BestEffortWriter WriterOn(int descriptor)
    {
        var encoding = Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage ? new UTF8Encoding(false) : Console.OutputEncoding;
        return new BestEffortWriter(TextWriter.Synchronized(
            new StreamWriter(new DescriptorStream(descriptor), encoding) { AutoFlush = true }));
    }
}
