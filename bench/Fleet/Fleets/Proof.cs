namespace PluginUpgrade.Bench.Fleets;

/// <summary>What a contender must have done to each target.</summary>
/// <param name="Kept">A condition on what it keeps about the steps; <c>{0}</c> stands for the schema.</param>
internal sealed record Proof(string Kept)
{
    // Of a thousand stories nine tenths are published; a hundred bear a tag.
    private const string Work = "(SELECT count(*) FROM {0}.published_story) = 900 AND (SELECT count(*) FROM {0}.story_tag) = 100";

    /// <summary>The host's journal, and a transaction for each step.</summary>
    public static Proof JournalOfSteps { get; } = Journal("count(DISTINCT xid)");

    /// <summary>The host's journal, and one transaction for all steps.</summary>
    public static Proof JournalOfOne { get; } = Journal("count(*) / count(DISTINCT xid)");

    /// <summary>A table of another tool's, and a transaction for each of its rows.</summary>
    public static Proof Rows(string table) => new($"(SELECT count(DISTINCT xmin::text) FROM {table}) = {Cms.Steps.Count}");

    /// <summary>As an SQL expression for one schema.</summary>
    public string In(string schema) => $"{Work} AND {Kept}".Replace("{0}", schema);

    private static Proof Journal(string steps) =>
        new($"(SELECT {steps} FROM {{0}}.krang_upgrade_journal WHERE state = 'done') = {Cms.Steps.Count}");
}
