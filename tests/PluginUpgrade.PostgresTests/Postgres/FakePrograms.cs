namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>A directory of PostgreSQL's programs in which initdb is a script that misbehaves.</summary>
internal sealed class FakePrograms : IDisposable
{
    private readonly TempDirectory _directory = new();

    /// <param name="initdb">A shell script; <c>$2</c> is the data directory.</param>
    /// <param name="version">What <c>postgres --version</c> says.</param>
    public FakePrograms(string initdb = "exit 1", string version = "postgres (PostgreSQL) 99.1")
    {
        Write("initdb", initdb);
        Write("pg_ctl", "exit 1");
        Write("postgres", $"echo '{version}'");
    }

    public string Directory => _directory.Root;

    public void Dispose() => _directory.Dispose();

    private void Write(string name, string script)
    {
        var file = Path.Combine(Directory, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }
}
