using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>
/// An installation whose instance <c>acme</c> is a whole database, at 1.7 with a table <c>item</c>, and a module that builds 2.0 beside it.
/// </summary>
internal sealed class OwnDatabase : IAsyncDisposable
{
    public const string Build = """
        CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
        INSERT INTO item SELECT i, 'item ' || i, 6 FROM generate_series(1, 1000) i
        """;

    private OwnDatabase(TestInstallation installation, string live) => (Installation, Live) = (installation, live);

    public TestInstallation Installation { get; }

    /// <summary>The connection string of the live database, whichever it is at the moment.</summary>
    public string Live { get; }

    public string Name => NameOf(Live);

    /// <param name="module">Beside (writers wait), or AcrossDatabases (they do not).</param>
    /// <param name="options">What follows the name in CREATE DATABASE.</param>
    public static async Task<OwnDatabase> CreateAsync(TestServer server, string module = "Beside", string options = "", string name = "")
    {
        var installation = await TestInstallation.CreateAsync(server);
        var live = await CreateDatabaseAsync(installation, name, options);
        var own = new OwnDatabase(installation, live);
        installation.Settings["Instances"] = new JsonObject { ["acme"] = new JsonObject { ["Database"] = live } };
        await own.ExecuteAsync("""
            CREATE TABLE item (id bigserial PRIMARY KEY, name text NOT NULL);
            INSERT INTO item (name) SELECT 'item ' || i FROM generate_series(1, 1000) i;
            """);
        installation.DropBuilt(BuiltFiles.TestModule(module), "V2_000");
        if (module == "Beside") installation.Set("Build", Build);
        var known = await installation.RunAsync("baseline", "1.7");
        Assert.True(known.ExitCode == 0, $"{known}");
        return own;
    }

    /// <summary>In the installation's server; names of databases are shared by all tests.</summary>
    public static async Task<string> CreateDatabaseAsync(TestInstallation installation, string name = "", string options = "")
    {
        name = $"{name}{Guid.NewGuid():N}"[..Math.Min(48, name.Length + 32)];
        await installation.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(name)} {options}");
        return new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
    }

    public static string NameOf(string database) => new NpgsqlConnectionStringBuilder(database).Database!;

    /// <summary>The connection string of one that lies beside: <c>__before</c>, for example.</summary>
    public string Beside(string end) => new NpgsqlConnectionStringBuilder(Live) { Database = Name + end }.ConnectionString;

    public Task ExecuteAsync(string sql, string end = "") => Installation.ExecuteAsync(sql, Beside(end));

    public Task<List<string>> QueryAsync(string sql, string end = "") => Installation.QueryAsync(sql, Beside(end));

    public Task<List<string>> JournalAsync(string end = "") => QueryAsync("""
        SELECT concat_ws(' ', version, state, nullif(module, '')) FROM krang_upgrade_journal
        WHERE scope = 'instance' ORDER BY started_at, version
        """, end);

    /// <summary>What follows the live name in the names of all databases of the instance, sorted.</summary>
    public async Task<List<string>> DatabasesAsync() => [.. (await Installation.QueryAsync(
        $"SELECT datname FROM pg_database WHERE starts_with(datname, {Literal(Name)}) ORDER BY 1")).Select(name => name[Name.Length..])];

    public async Task WaitForAsync(string end)
    {
        while (!(await DatabasesAsync()).Contains(end)) await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public ValueTask DisposeAsync() => Installation.DisposeAsync();
}
