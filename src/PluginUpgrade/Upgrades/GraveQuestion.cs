using PluginUpgrade.Planning;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>The question before steps that are declared irreversible, or that exchange live data: only YES is an answer.</summary>
public static class GraveQuestion
{
    /// <summary>One question for both; null where the plan has neither.</summary>
    public static Confirmation? Of(Plan plan)
    {
        var irreversible = plan.Actions.Where(action => action.IsIrreversible).ToList();
        var swapped = plan.Swapped;
        if (irreversible.Count == 0 && swapped.Count == 0) return null;
        List<string> question = [], refusal = [];
        if (irreversible.Count > 0)
        {
            question.Add("What these steps destroy cannot be recovered.");
            refusal.Add(irreversible.All(action => action is ApplySchema { DestroysData: true })
                ? "It removes tables or columns with their data, and was not confirmed."
                : "It is declared irreversible and was not confirmed.");
        }
        if (swapped.Count > 0)
        {
            question.Add($"The live data of {PlanProblem.Names(swapped)} is exchanged for new data. The old data is kept as "
                + $"{Kept(swapped)}.");
            refusal.Add("It exchanges live data, and was not confirmed.");
        }
        var titles = plan.Actions.Where(action => action.IsIrreversible || action is SwapSchemas).Select(action => action.Title).Distinct();
        return new Confirmation(string.Join(' ', question),
            NotConfirmed.Of(Problem.Join([.. titles]), isGrave: true, string.Join(' ', refusal)))
        {
            Unasked = Unasked.Refuse,
        };
    }

    private static string Kept(IReadOnlyList<Target> swapped) => Problem.Join([.. swapped.Select(target =>
        target.OwnDatabase ? $"database {BesideNames.Before(target.DatabaseName)}" : BesideNames.Before(target.Schema))]);
}
