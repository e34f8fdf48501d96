namespace PluginUpgrade;

/// <summary>
/// Declares tables and columns with the versions since when, and till when, they exist. krang-upgrade makes the statements for each version
/// from it, and runs them in order, beside modules of the same versions.
/// </summary>
/// <remarks>
/// <para>The class must be public, and have a public constructor without parameters. Its assembly must hold no modules: it changes with
/// every release, and would make its modules changed ones. <see cref="SchemaDeclarationAttribute"/> says what it applies to.</para>
/// <para>Several declarations for the same component and the same kind of target are one schema; they are called in the order of their
/// files and class names.</para>
/// </remarks>
public interface ISchemaDeclaration
{
    /// <summary>
    /// Declares the schema. Also called by commands that only read, such as <c>plan</c> and <c>status</c>: it must do nothing else, and
    /// give the same declaration each time.
    /// </summary>
    /// <param name="schema">Collects the declaration. Valid until the method returns.</param>
    void Declare(SchemaBuilder schema);

    /// <summary>
    /// Fills a new instance, whose schema was created at its newest version, in the same transaction. Called only where
    /// <see cref="SchemaDeclarationAttribute.Complete"/> is set. Modules are not run for such an instance.
    /// </summary>
    /// <param name="instance">The instance. Valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>As <see cref="Bootstrap(InstanceContext, CancellationToken)"/>, for the installation's schema.</summary>
    /// <param name="installation">The installation. Valid until the returned task ends.</param>
    /// <param name="cancellationToken">Cancelled when the user asks a second time to stop.</param>
    Task Bootstrap(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}
