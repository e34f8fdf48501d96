using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Asks a person at the terminal. Ctrl-C is an answer too: the command ends, and nothing was changed.</summary>
public static class Question
{
    /// <summary>Whether somebody is there. Without a terminal nothing is asked that no option answers.</summary>
    public static bool MayAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Before something that cannot be taken back: only YES in capitals is yes.</summary>
    public static async Task<bool> ConfirmedAsync(Output output, string question, CancellationToken stop)
    {
        output.Ask($"{question} Type YES: ");
        var answer = await ReadAsync(output, stop);
        if (answer is "yes" or "y" or "Y" or "Yes") output.Remark("Only YES, in capitals, is taken as yes.");
        return answer == "YES";
    }

    /// <summary>Before what goes wrong can be taken back: y or yes, in any case.</summary>
    public static async Task<bool> AgreedAsync(Output output, string question, CancellationToken stop)
    {
        output.Ask($"{question} y/N: ");
        return (await ReadAsync(output, stop))?.ToLowerInvariant() is "y" or "yes";
    }

    /// <returns>Null where nobody can answer: standard input has ended, or is closed, or a terminal that has hung up.</returns>
    /// <exception cref="OperationCanceledException">The user stopped the command instead.</exception>
    private static async Task<string?> ReadAsync(Output output, CancellationToken stop)
    {
        var answer = await Task.Run(ReadLine, CancellationToken.None).WaitAsync(stop);
        if (answer is not null) output.OnAnswer();
        return answer?.Trim();
    }

    /// <summary>Not by <see cref="Console"/>, which would change the terminal's own ways of editing a line and of ending input.</summary>
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
