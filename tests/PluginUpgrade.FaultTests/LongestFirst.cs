using Xunit.Sdk;
using Xunit.v3;

namespace PluginUpgrade.FaultTests;

/// <summary>
/// Suites that take minutes begin before the others: one that began last would be waited for by itself.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        nameof(EndingTheHostEverywhere), nameof(CuttingTheConnection), nameof(RestoringThroughFaults), nameof(SeededDefects),
        nameof(KillingTheHost), nameof(SeveralHostsAtOnce),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Longest, collection.TestCollectionDisplayName.Contains) is >= 0 and var i
            ? i : Longest.Length)];
}
