namespace PluginUpgrade;

/// <summary>A query that must return true before the module runs.</summary>
/// <remarks>
/// One statement. Only the first column of its first row counts; any value other than <c>true</c> is a failure. It runs with the target's
/// <c>search_path</c> in a READ ONLY transaction that is rolled back, with a limit of one minute: before anything changes, if no earlier
/// step of the plan could make it true (a failure then refuses the upgrade, KU-3233), and always right before the step, in its transaction
/// (a failure then fails that step, KU-5045). So it may run twice, and again after a retry. Read from metadata, also of base classes.
/// Applies to every step of the module.
/// </remarks>
/// <param name="sql">As in <c>SELECT NOT EXISTS (SELECT FROM story WHERE title IS NULL)</c>.</param>
/// <param name="why">
/// A sentence for the operator that states the condition: <c>Every story has a title.</c>
/// </param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequiresQueryAttribute(string sql, string why) : Attribute
{
    /// <summary>The query. An empty one is a problem of the module.</summary>
    public string Sql { get; } = sql;

    /// <summary>The sentence that is reported if the query does not return true. An empty one is a problem of the module.</summary>
    public string Why { get; } = why;
}
