using System.Runtime.CompilerServices;

// Only krang-upgrade creates contexts; modules receive them. It also reads what builders have collected, and its tests look at it.
[assembly: InternalsVisibleTo("PluginUpgrade")]
[assembly: InternalsVisibleTo("PluginUpgrade.Tests")]
