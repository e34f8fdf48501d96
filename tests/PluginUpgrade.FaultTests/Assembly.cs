using System.Runtime.Versioning;

[assembly: AssemblyFixture(typeof(TestServer))]
[assembly: SupportedOSPlatform("linux")]
