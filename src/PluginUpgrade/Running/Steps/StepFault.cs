using System.Globalization;
using PluginUpgrade.Loading;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Describes why a step failed, with the failed statement and the module's source line that sent it.</summary>
internal static class StepFault
{
    /// <summary>Longest error text, in characters; the log has the rest.</summary>
    private const int Longest = 1_500;

    public static string Describe(UpgradeStep step, Exception e) => $"{Bounded(SqlErrors.Describe(e))}{About(step, e)}";

    /// <summary>The statement and the line, each with a leading space; empty if unknown.</summary>
    public static string About(UpgradeStep step, Exception e) => $"{StatementOf(step, e)}{LineOf(step, e)}";

    private static string Bounded(string text) => text.Length <= Longest ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text[..Longest]} [{text.Length - Longest} more characters are in the log].");

    /// <summary>The failed statement without literal values. If a function failed, the statement inside the function.</summary>
    private static string StatementOf(UpgradeStep step, Exception e)
    {
        if (SqlErrors.OfServer(e) is not { } server) return "";
        var (sql, position) = SqlText.StatementOf(server);
        if (string.IsNullOrWhiteSpace(sql) || sql == "COMMIT" || StepTransaction.IsSeal(server.BatchCommand)) return "";
        var shown = SqlText.ShownAt(sql, position, step.Target.Schema).TrimEnd();
        return $" Statement: {shown.TrimEnd(';')}.";
    }

    private static string LineOf(UpgradeStep step, Exception e) => step.Action.Runs is { } module ? SourceLine.Of(e, module.File) : "";
}
