using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Asks a person at the terminal.</summary>
public static class Question
{
    /// <summary>Whether somebody is there. Without a terminal nothing is asked that no option answers.</summary>
    public static bool MayAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Before something that cannot be taken back: only YES in capitals is yes.</summary>
    public static bool Confirmed(Output output, string question)
    {
        output.Ask($"{question} Type YES: ");
        var answer = Read()?.Trim();
        // Nobody is there: what is said next begins a line of its own.
        if (answer is null) output.Remark("");
        if (answer is "yes" or "y" or "Y" or "Yes") output.Remark("Not confirmed: type YES in capitals.");
        return answer == "YES";
    }

    /// <summary>Before what goes wrong can be taken back: y or yes, in any case.</summary>
    public static bool Agreed(Output output, string question)
    {
        output.Ask($"{question} y/N: ");
        var answer = Read()?.Trim();
        if (answer is null) output.Remark("");
        return answer?.ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>Null where nobody can answer: standard input has ended, or is closed, or a terminal that has hung up.</summary>
    private static string? Read()
    {
        try
        {
            return Console.In.ReadLine();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
