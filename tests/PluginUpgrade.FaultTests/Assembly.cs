using System.Runtime.Versioning;
using PluginUpgrade.FaultTests;

[assembly: AssemblyFixture(typeof(TestServer))]
[assembly: SupportedOSPlatform("linux")]
// Most of a test is waiting for other processes: for locks, for limits of time, for a server that starts.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]
