namespace PluginUpgrade.Swaps.Verifying;

/// <summary>What was found in a new schema before it may replace the live one.</summary>
/// <param name="Problems">Errors refuse the swap; warnings are reported.</param>
/// <param name="Counts">The rows of tables of the same name, for the operator: only the module knows what is right.</param>
/// <param name="Statements">Give owners, rights and row security of live objects to objects of the same name and kind.</param>
internal sealed record BuildFindings(
    IReadOnlyList<Problem> Problems, IReadOnlyList<TableCount> Counts, IReadOnlyList<string> Statements);

/// <param name="Exact">Whether the rows were counted; otherwise both are the statistics' estimates, -1 where there is none.</param>
internal sealed record TableCount(string Table, long Live, long Next, bool Exact);
