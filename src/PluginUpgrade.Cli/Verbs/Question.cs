using PluginUpgrade.Cli.Terminal;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Asks before something that cannot be taken back. Only YES in capitals is yes.</summary>
public static class Question
{
    /// <summary>Whether somebody is there. Without a terminal nothing is asked that no option answers.</summary>
    public static bool MayAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static bool Confirmed(Output output, string question)
    {
        output.Error.Write($"{question} Type YES: ");
        output.Error.Flush();
        var answer = Console.In.ReadLine()?.Trim();
        // Nobody is there: what is said next begins a line of its own.
        if (answer is null) output.Error.WriteLine();
        if (answer is "yes" or "y" or "Y" or "Yes") output.Error.WriteLine("Only YES, in capitals, is taken as yes.");
        return answer == "YES";
    }
}
