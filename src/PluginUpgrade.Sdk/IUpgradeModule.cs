namespace PluginUpgrade;

/// <summary>
/// What takes the software from the version before to one version. Implement it in a public class with a public constructor without
/// parameters, give the class its version (<see cref="UpgradeModuleAttribute"/>, or a name such as <c>V1_002</c>), and override one
/// method or both.
/// </summary>
/// <remarks>
/// <para>krang-upgrade makes one object for each module and run, before anything is changed anywhere; a constructor that throws refuses the
/// run. <see cref="PerInstance"/> may be called for several instances at the same time, so keep no state of one instance in fields.
/// State that <see cref="PerInstallation"/> leaves in a field is there for <see cref="PerInstance"/> of the same run only: a run that
/// resumes after a failure does not call it again.</para>
/// <para>Each call is one step: one transaction, which krang-upgrade begins and commits together with the step's row in the journal. When
/// the method throws, or krang-upgrade dies, the transaction is rolled back and the same command tries the step again. So a call happens
/// exactly once as far as PostgreSQL and <see cref="InstallationContext.Files"/> are concerned; effects elsewhere (a request sent, a
/// file written by other means) happen at least once. Do not commit, roll back or begin a transaction yourself.</para>
/// </remarks>
public interface IUpgradeModule
{
    /// <summary>
    /// Work that is done once for the installation, in its own database, before any instance is taken to this version.
    /// </summary>
    /// <param name="installation">The open connection and the rest; valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop; the step is then rolled back.</param>
    Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Work that is done once for every configured instance, in that instance's database and schema.</summary>
    /// <param name="instance">The open connection and the rest; valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop; the step is then rolled back.</param>
    Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Whether <see cref="PerInstallation"/> of a module outside a transaction was done: asked after each call of it, and before it
    /// where an earlier attempt may have left something. Reads only.
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
    /// Looks whether <see cref="PerInstallation"/> can be run: called before anything changes, where no earlier step of the plan could
    /// change the answer, and always right before the step. A call may be repeated, on the same or on another connection.
    /// </summary>
    /// <param name="installation">
    /// As for <see cref="PerInstallation"/>, in a READ ONLY transaction that is rolled back; <see cref="InstallationContext.Files"/>
    /// refuses. Valid until the returned task ends.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancelled when the user asks a second time to stop, and when the check takes longer than a minute (or <c>Run:StepTimeout</c>,
    /// where that is less).
    /// </param>
    /// <returns>
    /// What stands in the way, a sentence each, for the operator; none where nothing does. Before anything changes it refuses the upgrade
    /// (KU-3234), right before the step it fails the step (KU-5045), as does an exception.
    /// </returns>
    Task<IReadOnlyList<string>> CheckInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>As <see cref="CheckInstallation"/>, for <see cref="PerInstance"/>; may be called for several instances at once.</summary>
    /// <param name="instance">As for <see cref="PerInstance"/>, in a READ ONLY transaction that is rolled back.</param>
    /// <param name="cancellationToken">As for <see cref="CheckInstallation"/>.</param>
    /// <returns>What stands in the way, a sentence each; none where nothing does.</returns>
    Task<IReadOnlyList<string>> CheckInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
