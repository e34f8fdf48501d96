namespace PluginUpgrade;

/// <summary>
/// Upgrades the software from the previous version to one version. Implement it in a public class with a public constructor without
/// parameters, give the class its version (<see cref="UpgradeModuleAttribute"/>, or a name such as <c>V1_002</c>), and override
/// <see cref="PerInstallation"/>, <see cref="PerInstance"/> or both.
/// </summary>
/// <remarks>
/// <para>krang-upgrade creates one object for each module and run, before anything is changed; if the constructor throws, the run is
/// refused. <see cref="PerInstance"/> may be called for several instances at the same time, so keep no state of one instance in fields.
/// State that <see cref="PerInstallation"/> leaves in a field is visible to <see cref="PerInstance"/> only in the same run: a run that
/// resumes after a failure does not call <see cref="PerInstallation"/> again.</para>
/// <para>Each call is one step: one transaction, which krang-upgrade begins, and commits together with the step's row in the journal. If
/// the method throws, or krang-upgrade dies, the transaction is rolled back, and the same command tries the step again. The effects of a
/// call in PostgreSQL and in <see cref="InstallationContext.Files"/> therefore happen exactly once; other effects (a request sent, a
/// file written by other means) happen at least once. Do not commit, roll back or begin a transaction yourself.</para>
/// </remarks>
public interface IUpgradeModule
{
    /// <summary>
    /// Work that is done once for the installation, in its own database, before any instance is upgraded to this version.
    /// </summary>
    /// <param name="installation">The open connection and more; valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop; the step is then rolled back.</param>
    Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Work that is done once for every configured instance, in that instance's database and schema.</summary>
    /// <param name="instance">The open connection and more; valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop; the step is then rolled back.</param>
    Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Reports how much of <see cref="PerInstallation"/> was applied, for a module outside a transaction. Called after each call of
    /// <see cref="PerInstallation"/>, and before one if an earlier attempt may have left something. Must only read.
    /// </summary>
    /// <param name="installation">As for <see cref="PerInstallation"/>, outside a transaction.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task<StepEffect> VerifyInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        Task.FromResult(StepEffect.Unknown);

    /// <summary>As <see cref="VerifyInstallation"/>, for <see cref="PerInstance"/>.</summary>
    /// <param name="instance">As for <see cref="PerInstance"/>, outside a transaction.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task<StepEffect> VerifyInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.FromResult(StepEffect.Unknown);

    /// <summary>
    /// Checks whether <see cref="PerInstallation"/> can run. Called before anything changes, if no earlier step of the plan could change
    /// the answer, and always right before the step. A call may be repeated, on the same or on another connection.
    /// </summary>
    /// <param name="installation">
    /// As for <see cref="PerInstallation"/>, in a READ ONLY transaction that is rolled back; changes to
    /// <see cref="InstallationContext.Files"/> are refused. Valid until the returned task ends.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancelled when the user asks a second time to stop, and when the check takes longer than a minute (or <c>Run:StepTimeout</c>, if
    /// that is shorter).
    /// </param>
    /// <returns>
    /// What prevents the step, as sentences for the operator; empty if nothing does. Before anything changes, a finding or an exception
    /// refuses the upgrade (KU-3234); right before the step, it fails the step (KU-5045).
    /// </returns>
    Task<IReadOnlyList<string>> CheckInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>As <see cref="CheckInstallation"/>, for <see cref="PerInstance"/>; may be called for several instances at once.</summary>
    /// <param name="instance">As for <see cref="PerInstance"/>, in a READ ONLY transaction that is rolled back.</param>
    /// <param name="cancellationToken">As for <see cref="CheckInstallation"/>.</param>
    /// <returns>What prevents the step, as sentences; empty if nothing does.</returns>
    Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
