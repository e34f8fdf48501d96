using System.Runtime.CompilerServices;

// The contexts are made by the host alone; module authors receive them.
[assembly: InternalsVisibleTo("PluginUpgrade")]
