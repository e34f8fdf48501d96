namespace PluginUpgrade;

/// <summary>
/// One declared change, independent of the target: the same for every instance. A closed list: each kind is a record in
/// <c>Schemas/Changes/</c>.
/// </summary>
public abstract record SchemaChange
{
    private protected SchemaChange() { }

    public abstract SchemaPhase Phase { get; }

    /// <summary>The table that it locks, by its name before this version; null: none, or one that this version creates.</summary>
    public virtual string? Table => null;

    /// <summary>Made as for a large table, whatever the size: an index that is declared <c>Concurrently</c>.</summary>
    public virtual bool IsAlwaysLarge => false;

    /// <summary>Its author has accepted that it rewrites a large table.</summary>
    public virtual bool AllowsRewrite => false;

    /// <summary>
    /// For a dropped table or column: the version since which it has existed. A target that is older than that has no data in it.
    /// Null: nothing is destroyed.
    /// </summary>
    public virtual UpgradeVersion? DestroysSince => null;

    /// <summary>
    /// The change as one line that stays the same in later releases: versions are compared by it. Without what only says how it is made;
    /// empty for a change that is only a part of another.
    /// </summary>
    public abstract string Canonical { get; }

    /// <summary>What it does, in a few words: <c>adds users.created_by</c>.</summary>
    public abstract string Summary { get; }

    /// <summary>The statements, in order, without a semicolon, for a step in one transaction; may be none.</summary>
    /// <param name="schema">The target's schema, quoted. Every name in the statements is qualified with it.</param>
    public abstract IReadOnlyList<string> Sql(string schema);

    /// <summary>
    /// The statements for a large table; those of <see cref="SchemaPhase.Demand"/> are run outside a transaction, one after the other, and
    /// can be repeated.
    /// </summary>
    public virtual IReadOnlyList<string> SqlOfLarge(string schema) => Sql(schema);

    public sealed override string ToString() => Summary;
}
