using System.Runtime.Versioning;
using PluginUpgrade.PostgresTests.Restores.Matrix;

[assembly: AssemblyFixture(typeof(TestServer))]
[assembly: AssemblyFixture(typeof(MatrixServer))]
[assembly: SupportedOSPlatform("linux")]
// Most of a test is waiting for other processes: for locks, for limits of time, for a server that starts.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
