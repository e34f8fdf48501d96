using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>The target's journal can be read and trusted.</summary>
public static class JournalCheck
{
    public static IEnumerable<Problem> Find(TargetState state)
    {
        if (state.HasJournal && state.JournalFormat != Journal.Format)
            yield return new Problem("KU-3005", $"{state.Target}",
                $"Its journal has the format '{state.JournalFormat}'; this krang-upgrade knows '{Journal.Format}'.",
                "Use the newer krang-upgrade that wrote it. If the table's comment was lost, set it again.");
        List<JournalFault> unfit = [.. state.JournalFaults.Where(fault => fault.Kind == JournalFaultKind.Shape)];
        if (unfit.Count > 0) yield return JournalProblem.NotFit(state.Target, unfit);
        else if (state.JournalFaults.Any(fault => fault.Kind == JournalFaultKind.Key)) yield return JournalProblem.BrokenKey(state.Target);
        if (state.BadRows.Count > 0) yield return JournalProblem.BadRows(state.Target, state.BadRows);
        foreach (var version in state.Unreadable)
            yield return new Problem("KU-3006", $"{state.Target}",
                $"Its journal contains '{version}', which is not a version, so the target's version is unknown.",
                $"Correct or remove that row of {state.Target.Schema}.{Journal.TableName}.");
    }
}
