using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Checks;

/// <summary>The journal is one that this program understands.</summary>
public static class JournalCheck
{
    public static IEnumerable<Problem> Find(TargetState fact)
    {
        if (fact.HasJournal && fact.JournalFormat != Journal.Format)
            yield return new Problem("KU-3005", $"{fact.Target}",
                $"Its journal has the format '{fact.JournalFormat}'; this krang-upgrade knows '{Journal.Format}'.",
                "Use the newer krang-upgrade that wrote it. If the table's comment was lost, set it again.");
        List<JournalFault> unfit = [.. fact.JournalFaults.Where(fault => fault.Kind == JournalFaultKind.Shape)];
        if (unfit.Count > 0) yield return JournalProblem.NotFit(fact.Target, unfit);
        else if (fact.JournalFaults.Any(fault => fault.Kind == JournalFaultKind.Key)) yield return JournalProblem.BrokenKey(fact.Target);
        if (fact.BadRows.Count > 0) yield return JournalProblem.BadRows(fact.Target, fact.BadRows);
        foreach (var version in fact.Unreadable)
            yield return new Problem("KU-3006", $"{fact.Target}",
                $"Its journal holds '{version}', which is not a version, so the target's version is unknown.",
                $"Correct or remove that row of {fact.Target.Schema}.{Journal.TableName}.");
    }
}
