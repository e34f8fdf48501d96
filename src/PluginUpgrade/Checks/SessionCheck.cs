namespace PluginUpgrade.Checks;

/// <summary>This role may see what other sessions in a target's database do.</summary>
public static class SessionCheck
{
    /// <summary>A warning where it may not.</summary>
    public static IEnumerable<Problem> Hidden(CheckedDatabase database)
    {
        if (database.Around.HiddenSessions is > 0 and var hidden)
            yield return new Problem("KU-3221", database.Name,
                $"This role cannot see what {(hidden == 1 ? "a session of another role does" : $"{hidden} sessions of other roles do")}, "
                    + "so long transactions there are not noticed.",
                "To have this checked: GRANT pg_read_all_stats TO the role", Severity.Warning);
    }
}
