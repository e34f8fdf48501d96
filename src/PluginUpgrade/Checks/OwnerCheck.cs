namespace PluginUpgrade.Checks;

/// <summary>
/// The role owns the tables that it changes: the right to create objects in a schema is not enough to alter tables of other roles.
/// </summary>
public static class OwnerCheck
{
    public static IEnumerable<Problem> Find(CheckedDatabase database) =>
        from foreign in database.Contents.TablesOfOtherRoles
        from target in database.In(foreign.Schema).Take(1)
        select new Problem("KU-3220", $"{target}",
            $"{(foreign.Count == 1 ? $"{foreign.First} belongs" : $"{foreign.First} and {foreign.Count - 1} more belong")} to the role "
                + $"{foreign.Owner}: steps that alter them would fail.",
            $"Connect as {foreign.Owner}, or: GRANT {PostgresName.Quote(foreign.Owner)} TO the role", Severity.Warning);
}
