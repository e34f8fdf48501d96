namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>A directory of PostgreSQL's programs in which initdb is a script that misbehaves.</summary>
internal sealed class FakePrograms : IDisposable
{
    private readonly TempDirectory _directory = new();

    /// <param name="initdb">A shell script; <c>$2</c> is the data directory.</param>
    /// <param name="version">What <c>postgres --version</c> says.</param>
    public FakePrograms(string initdb = "exit 1", string version = "postgres (PostgreSQL) 99.1")
    {
        _directory.WriteScript("initdb", initdb);
        _directory.WriteScript("pg_ctl", "exit 1");
        _directory.WriteScript("postgres", $"echo '{version}'");
    }

    public string Directory => _directory.Root;

    public void Dispose() => _directory.Dispose();
}
