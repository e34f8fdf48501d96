using PluginUpgrade.Catalogue;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Loading;

/// <summary>Reads the drop folder: modules from metadata, and declared schemas by calling their declarations.</summary>
public static class ModulesAndDeclarations
{
    public static ModuleCatalogue Read(HostSettings settings) =>
        ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules);
}
