using System.IO.Enumeration;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>No application is connected that the settings do not allow during an upgrade.</summary>
public static class ConnectedCheck
{
    /// <param name="patterns">Names of applications; <c>*</c> is any number of characters, <c>?</c> is one.</param>
    /// <param name="hooked">Whether the operator's hook can still stop them: then the problem is a warning.</param>
    public static IEnumerable<Problem> Find(CheckedDatabase database, IReadOnlyList<string> patterns, bool hooked)
    {
        var connected = database.Around.Applications
            .Where(application => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, application.Name)))
            .ToList();
        if (connected.Count == 0) yield break;
        var (count, severity) = (connected.Sum(application => application.Sessions), database.SeverityFor(database.Targets));
        yield return new Problem("KU-3219", database.Name,
            $"{(count == 1 ? "A session" : $"{count} sessions")} of applications that must not be connected "
                + $"(Run:RefuseWhenConnected): {string.Join("; ", connected.Take(5).Select(Words))}"
                + $"{(connected.Count > 5 ? $"; and {connected.Count - 5} more" : "")}.",
            hooked ? "Hooks:Before must stop them; this is checked again after it has run."
                : "Stop the application, then run the same command; or let Hooks:Before stop it.",
            hooked ? Severity.Warning : severity);
    }

    private static string Words(ConnectedApplication application) =>
        $"{application.Sessions} of {(application.Name.Length > 0 ? application.Name : "an unnamed application")} "
        + $"as {application.User} from {(application.Client.Length > 0 ? application.Client : "the server itself or an unknown address")}";
}
