namespace PluginUpgrade.PostgresTests.Saves;

/// <summary>A directory for <c>Postgres:Bin</c> with a pg_dump and a pg_restore that do what a test wants.</summary>
internal sealed class FakeClients : IDisposable
{
    private readonly TempDirectory _directory = new();

    /// <param name="dump">A shell script for pg_dump, but for its version; <c>$file</c> is the archive to be written.</param>
    public FakeClients(string version = "99.1", string dump = "exit 1", string restore = "exit 0")
    {
        _directory.WriteScript("pg_dump", $$"""
            for word; do
              case $word in
                --version) echo 'pg_dump (PostgreSQL) {{version}}'; exit 0;;
                --file=*) file=${word#--file=};;
              esac
            done
            {{dump}}
            """);
        _directory.WriteScript("pg_restore", restore);
    }

    public string Directory => _directory.Root;

    public void Dispose() => _directory.Dispose();
}
