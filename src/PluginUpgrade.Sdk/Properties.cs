using System.Runtime.CompilerServices;

// Only krang-upgrade creates contexts; modules receive them.
[assembly: InternalsVisibleTo("PluginUpgrade")]
