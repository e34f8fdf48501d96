namespace PluginUpgrade.Checks;

/// <summary>Others' sessions in a target's database show what they do.</summary>
public static class SessionCheck
{
    /// <summary>What cannot be known.</summary>
    public static IEnumerable<Problem> Hidden(CheckedDatabase database)
    {
        if (database.Around.HiddenSessions is > 0 and var hidden)
            yield return new Problem("KU-3221", database.Name,
                $"{(hidden == 1 ? "A session of another role does" : $"{hidden} sessions of other roles do")} not show this role what "
                    + "they do, so long transactions among them are not noticed.",
                "To have this checked: GRANT pg_read_all_stats TO the role", Severity.Warning);
    }
}
