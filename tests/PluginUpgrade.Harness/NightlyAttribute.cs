using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace PluginUpgrade.Harness;

/// <summary>
/// A test, or all of a class, that runs at night and before a release only: it is slow, and what it finds another test of its kind would
/// most often find too. Filtered out, it is not counted as skipped.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NightlyAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Tier.Trait, Tier.AtNight)];
}

/// <summary>A row of a theory, as <see cref="InlineDataAttribute"/>, that runs at night and before a release only.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class NightlyDataAttribute(params object?[]? data) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow(data ?? [null]) { Traits = { [Tier.Trait] = [Tier.AtNight] } }]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>Rows of a theory that are made by code.</summary>
public static class NightlyRows
{
    /// <summary>Leaves all rows to the night but those whose first value is one of these.</summary>
    public static TRows AtNightBut<TRows>(this TRows rows, params string[] telling) where TRows : IEnumerable<TheoryDataRowBase>
    {
        var others = rows.Where(row => !telling.Contains(First(row))).ToList();
        if (rows.Count() - others.Count != telling.Length) throw new InvalidOperationException("Not every telling row is there.");
        foreach (var row in others) row.Traits[Tier.Trait] = [Tier.AtNight];
        return rows;

        static string? First(TheoryDataRowBase row) => ((ITheoryDataRow)row).GetData()[0] as string;
    }
}
