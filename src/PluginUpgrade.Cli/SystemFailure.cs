using System.ComponentModel;
using System.Net.Sockets;
using System.Reflection;
using Npgsql;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Cli;

/// <summary>
/// Failures of the machine (files, disk, memory, network), from anywhere in the program. The operator can fix them; they are no fault of
/// this program. Code that knows more about a failure has reported it itself.
/// </summary>
internal static class SystemFailure
{
    /// <summary>Open files: those of the runtime, and some connections.</summary>
    public const int FilesNeeded = 256;

    private const string NoFiles = "The process has reached its limit of open files and connections",
        MoreFiles = "Raise its limit (ulimit -n), or lower Run:Parallel.";

    private const int NotEnoughMemory = 12, TableOverflow = 23, TooManyFiles = 24, FileTooLarge = 27, NoSpace = 28, TryAgain = 11,
        QuotaExceeded = 122;

    /// <param name="begun">Whether something may have been changed.</param>
    /// <returns>Null for any other exception.</returns>
    public static Problem? Of(Exception e, bool begun)
    {
        try
        {
            var cause = Cause(e);
            return Kind(cause) is var (code, what, remedy) ? ProblemOf(code, what, cause.Message, remedy, begun) : null;
        }
        catch (Exception none) when (none is FileNotFoundException or FileLoadException)
        {
            // The assemblies of the exception types cannot be loaded: too few open files.
            return ProblemOf("KU-9003", NoFiles, e.Message, MoreFiles, begun);
        }
    }

    private static Problem ProblemOf(string code, string what, string why, string remedy, bool begun)
    {
        var left = begun ? "Committed steps are kept." : "";
        return new Problem(code, "", $"{what}: {why.TrimEnd('.')}. {left}".TrimEnd(),
            begun ? $"{remedy} To continue, run the same command." : $"{remedy} Then run the same command.");
    }

    private static (string Code, string What, string Remedy)? Kind(Exception e) => (e, ErrorNumber(e)) switch
    {
        (_, TooManyFiles or TableOverflow) or (SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }, _) =>
            ("KU-9003", NoFiles, MoreFiles),
        (_, NoSpace or QuotaExceeded or FileTooLarge) =>
            ("KU-9004", "The disk is full", "Free some space."),
        (OutOfMemoryException, _) or (_, NotEnoughMemory) or (Win32Exception, TryAgain) =>
            ("KU-9005", "The machine has no more memory, threads or processes for krang-upgrade",
                "Check its limits (ulimit -a, the container's), or lower Run:Parallel."),
        (IOException or UnauthorizedAccessException, _) when IsTemporary(e) =>
            ("KU-9006", "The directory for temporary files cannot be used",
                "Set TMPDIR to an existing directory that you can write to."),
        (IOException or UnauthorizedAccessException or Win32Exception and not SocketException, _) =>
            ("KU-9002", "A file, a directory or a program could not be used", "Check that it exists, its owner and its permissions."),
        (NpgsqlException or SocketException or TimeoutException, _) =>
            ("KU-9007", "The server failed", "Check the server and its log."),
        _ => null,
    };

    /// <summary>The exception inside the runtime's wrapper exceptions.</summary>
    private static Exception Cause(Exception e) => e switch
    {
        AggregateException or TypeInitializationException or TargetInvocationException when e.InnerException is { } inner => Cause(inner),
        NpgsqlException { InnerException: { } inner } when ErrorNumber(inner) == TooManyFiles => inner,
        _ => e,
    };

    /// <summary>The errno, where the runtime passes it on (Unix).</summary>
    private static int ErrorNumber(Exception e) => e switch
    {
        SocketException socket => socket.SocketErrorCode == SocketError.TooManyOpenSockets ? TooManyFiles : 0,
        Win32Exception native => native.NativeErrorCode,
        IOException file => file.HResult,
        _ when FileError.IsTooLarge(e) => FileTooLarge,
        _ => 0,
    };

    private static bool IsTemporary(Exception e) =>
        e.Message.Contains(Path.GetTempPath().TrimEnd('/'), StringComparison.Ordinal) && !Directory.Exists(Path.GetTempPath());
}
