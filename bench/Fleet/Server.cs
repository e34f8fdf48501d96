using Npgsql;
using PluginUpgrade.Measure;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Bench;

/// <summary>The server that all contenders work on, and the state that it is in before each reading.</summary>
internal sealed class Server(EmbeddedServer embedded)
{
    /// <summary>For programs of libpq and for those that know its variables.</summary>
    public (string Name, string Value)[] Environment => [("PGHOST", Socket), ("PGPORT", "5432"), ("PGUSER", EmbeddedServer.Superuser)];

    public string Socket => embedded.SocketPath;

    public int ProcessId => embedded.ProcessId;

    public string ConnectionTo(string database) =>
        new NpgsqlConnectionStringBuilder(embedded.ConnectionTo(database)) { Pooling = false }.ConnectionString;

    public async Task ExecuteAsync(string sql, string database = "postgres") => await AskAsync<object>(sql, database);

    public async Task<T?> AskAsync<T>(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionTo(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>Makes a database anew.</summary>
    public async Task MakeAsync(string database, string template = "template0")
    {
        await DropAsync(database);
        // Other than the default of PostgreSQL 15, this leaves no WAL behind that a contender would have to share the disk with.
        await ExecuteAsync($"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy");
    }

    /// <summary>The same without waiting for the disk: what is measured comes after it.</summary>
    public async Task RenewAsync(string database, string template)
    {
        await HurryAsync();
        await MakeAsync(database, template);
    }

    public Task DropAsync(string database) => ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");

    /// <summary>For making things ready: nothing is waited for that the disk does.</summary>
    public Task HurryAsync() => SynchronizeAsync("off");

    /// <summary>For measuring: PostgreSQL's default durability, and nothing left to write of what was done before.</summary>
    public async Task SettleAsync()
    {
        await SynchronizeAsync("on");
        await ExecuteAsync("CHECKPOINT");
        await new Contender("sync", "sync").RunAsync();
    }

    /// <summary>Waits until all others' sessions have ended.</summary>
    public async Task QuietAsync()
    {
        const string others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        while (await AskAsync<long>(others) > 0) await Task.Delay(20);
    }

    /// <summary>Whether the server makes statistics by itself.</summary>
    public Task AutovacuumAsync(string onOrOff) => SetAsync("autovacuum", onOrOff);

    private Task SynchronizeAsync(string fsync) => SetAsync("fsync", fsync);

    private async Task SetAsync(string name, string value)
    {
        await ExecuteAsync($"ALTER SYSTEM SET {name} = {value}");
        await ExecuteAsync("SELECT pg_reload_conf()");
        while (await AskAsync<string>($"SHOW {name}") != value) await Task.Delay(20);
        // The server's other processes are told at the same moment, and told nothing back.
        await Task.Delay(100);
    }
}
