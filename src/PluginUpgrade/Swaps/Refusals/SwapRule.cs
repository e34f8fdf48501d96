namespace PluginUpgrade.Swaps.Refusals;

/// <summary>One thing that prevents a side-by-side upgrade of schemas, or that its reader should know: a query for many schemas.</summary>
/// <param name="Sql">Returns the live schema, and a finding as text. Parameters: <see cref="LiveSql"/>.</param>
/// <param name="Message">A sentence with <c>{0}</c> for the findings.</param>
/// <param name="Remedy">With <c>{1}</c> for the findings too, where it is a command about them.</param>
internal sealed record SwapRule(string Code, string Sql, string Message, string Remedy, Severity Severity = Severity.Error)
{
    public Problem Of(Target target, IReadOnlyList<string> found) => new(Code, $"{target}",
        Message.Replace("{0}", Problem.Join(found), StringComparison.Ordinal),
        Remedy.Replace("{1}", string.Join("; ", found.Take(5).Select(one => Command(target, one))), StringComparison.Ordinal), Severity);

    private static string Command(Target target, string gid) => NextCommand.Of($"psql{target.Argument} --command "
        + NextCommand.Quote($"ROLLBACK PREPARED '{gid.Replace("'", "''", StringComparison.Ordinal)}'"));
}
