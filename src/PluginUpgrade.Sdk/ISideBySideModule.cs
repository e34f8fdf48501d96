namespace PluginUpgrade;

/// <summary>
/// Builds the new version of an instance's data beside the live one, which stays untouched and in use. Then krang-upgrade exchanges both
/// in one short transaction, and keeps the old one, so that <c>krang-upgrade rollback</c> can put it back.
/// </summary>
/// <remarks>
/// <para>For an instance with a configured schema, the new schema is <c>SCHEMA__next</c> in the same database. For an instance that has a
/// database of its own, it is the database <c>DATABASE__next</c> on the same server. After the exchange the old one is called
/// <c>__before</c>; a failed one <c>__failed</c>.</para>
/// <para>The order of the calls: <see cref="Drain"/> until nothing is left; <see cref="Build"/>; <see cref="CatchUp"/>, if it is
/// overridden, until a call takes at most 50 ms (<c>Run:CatchUpWithin</c>), at most 20 calls; <see cref="Verify"/>; then, with all tables of the live schema locked,
/// <see cref="CatchUp"/> once more.</para>
/// <para>Without <see cref="CatchUp"/>, the live tables cannot be written from before <see cref="Build"/> until the exchange: writers wait
/// for that long. With it, they wait only during the exchange.</para>
/// <para>If the build is interrupted, <see cref="UpgradeModuleAttribute.Repeatable"/> decides: <c>true</c> calls <see cref="Build"/> again
/// on what is there; <c>false</c> drops it and begins again.</para>
/// <para>A module of one version has either <see cref="Build"/> or <see cref="IUpgradeModule.PerInstance"/>.
/// <see cref="IUpgradeModule.PerInstallation"/> and <see cref="IUpgradeModule.CheckInstance"/> (for settings against what is stored) may
/// be overridden too.</para>
/// </remarks>
public interface ISideBySideModule : IUpgradeModule
{
    /// <summary>Creates and fills the new schema. It may take hours, and many transactions.</summary>
    /// <param name="next">
    /// The new schema, which exists and is empty at first. Its connection is outside a transaction. Valid until the returned task ends.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task Build(SideBySideContext next, CancellationToken cancellationToken);

    /// <summary>
    /// Finishes work that the old version left in the live schema, such as batches that are not replayed yet. Each call is one transaction,
    /// before the live tables are locked; if they are locked during <see cref="Build"/>, it is called once more when they are.
    /// </summary>
    /// <param name="live">The live schema; its connection is in the call's transaction.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    /// <returns>Whether nothing is left. After <c>false</c> it is called again, at most 1,000 times.</returns>
    Task<bool> Drain(InstanceContext live, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Transfers what was written to the live schema since the previous call, or since <see cref="Build"/> began.</summary>
    /// <param name="next">
    /// As for <see cref="Build"/>. In the last call (<see cref="SideBySideContext.IsFinal"/>) the connection is in the transaction of the
    /// exchange, and nobody else can read or write the live tables.
    /// </param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Checks whether the new schema is complete. Must only read.</summary>
    /// <param name="next">As for <see cref="Build"/>, in a READ ONLY transaction that is rolled back.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    /// <returns>What is wrong, as sentences for the operator: the exchange is refused. Empty if nothing is.</returns>
    Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
