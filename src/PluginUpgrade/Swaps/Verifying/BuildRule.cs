namespace PluginUpgrade.Swaps.Verifying;

/// <summary>One thing that must not be in a new schema: a query for it, and how it is reported.</summary>
/// <param name="Sql">Returns a row of text for each finding, from the parts of <see cref="BuildSql"/>.</param>
/// <param name="Message">A sentence with <c>{0}</c> for the findings.</param>
internal sealed record BuildRule(string Code, string Sql, string Message, string Remedy, Severity Severity = Severity.Error)
{
    public Problem Of(string live, IReadOnlyList<string> found) => new(Code, live,
        Message.Replace("{0}", Problem.Join(found), StringComparison.Ordinal)
            + (Severity == Severity.Error ? " Nothing live has changed." : ""), Remedy, Severity);
}
