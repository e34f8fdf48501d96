using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Asks a person at the terminal. Ctrl-C instead of an answer ends the command; nothing was changed.</summary>
public static class Question
{
    /// <summary>Whether a person is at the terminal. Without a terminal nothing is asked.</summary>
    public static bool MayAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Asks before an irreversible action: only YES in capitals means yes.</summary>
    public static async Task<bool> ConfirmedAsync(Output output, string question, CancellationToken stop)
    {
        output.Ask($"{question} Type YES: ");
        var answer = await ReadAsync(output, stop);
        if (answer is not "YES" && answer?.ToLowerInvariant() is "yes" or "y") output.Remark("Only YES, in capital letters, is accepted.");
        return answer == "YES";
    }

    /// <summary>Asks before a reversible action: y or yes, in upper or lower case.</summary>
    public static async Task<bool> AgreedAsync(Output output, string question, CancellationToken stop)
    {
        output.Ask($"{question} y/N: ");
        return (await ReadAsync(output, stop))?.ToLowerInvariant() is "y" or "yes";
    }

    /// <returns>Null if nobody can answer: standard input has ended or is closed, or the terminal has hung up.</returns>
    /// <exception cref="OperationCanceledException">The user stopped the command instead.</exception>
    private static async Task<string?> ReadAsync(Output output, CancellationToken stop)
    {
        var answer = await Task.Run(ReadLine, CancellationToken.None).WaitAsync(stop);
        if (answer is not null) output.OnAnswer();
        return answer?.Trim();
    }

    /// <summary>Does not use <see cref="Console"/>, which would change how the terminal edits a line and ends input.</summary>
    private static string? ReadLine()
    {
        try
        {
            using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 1);
            using var reader = new StreamReader(input, Console.InputEncoding, detectEncodingFromByteOrderMarks: false, bufferSize: 128);
            return reader.ReadLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException
            or ArgumentException)
        {
            return null;
        }
    }
}
