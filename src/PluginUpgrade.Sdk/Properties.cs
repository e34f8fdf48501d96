using System.Runtime.CompilerServices;

// The contexts are made by krang-upgrade alone; module authors receive them.
[assembly: InternalsVisibleTo("PluginUpgrade")]
