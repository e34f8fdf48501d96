namespace PluginUpgrade.Loading;

/// <summary>A declaration as a module: its step is to fill a new target.</summary>
internal sealed class Bootstrap(ISchemaDeclaration declaration) : IUpgradeModule
{
    /// <summary>The object of the drop folder's class, also where it is wrapped.</summary>
    public static object Own(IUpgradeModule module) => module is Bootstrap bootstrap ? bootstrap.Declaration : module;

    private ISchemaDeclaration Declaration => declaration;

    public Task PerInstallation(InstallationContext installation, CancellationToken cancellationToken) =>
        declaration.Bootstrap(installation, cancellationToken);

    public Task PerInstance(InstanceContext instance, CancellationToken cancellationToken) =>
        declaration.Bootstrap(instance, cancellationToken);
}
