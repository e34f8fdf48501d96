namespace PluginUpgrade;

/// <summary>A query that must answer true before the module runs.</summary>
/// <remarks>
/// One statement; the first column of its first row counts, and anything but <c>true</c> is a no. Asked with the target's
/// <c>search_path</c> in a READ ONLY transaction that is rolled back, within a minute: before anything changes where no earlier step of
/// the plan could bring it about (then a no refuses the upgrade, KU-3233), and always right before the step, in its transaction (then it
/// fails that step, KU-5045). So it may be asked twice, or again after a retry. Read from metadata, also of base classes; applies to
/// every step that the module has.
/// </remarks>
/// <param name="sql">As in <c>SELECT NOT EXISTS (SELECT FROM story WHERE title IS NULL)</c>.</param>
/// <param name="why">
/// A sentence for the operator that says what must be: <c>Every story has a title.</c>
/// </param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequiresQueryAttribute(string sql, string why) : Attribute
{
    /// <summary>The query. An empty one is a problem of the module.</summary>
    public string Sql { get; } = sql;

    /// <summary>What is reported where it does not answer true. Without it the module has a problem.</summary>
    public string Why { get; } = why;
}
