using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.FaultTests.Swaps;

/// <summary>
/// Clients that write into <c>acme.item</c> all the time, each in a way of its own. A row counts as acknowledged when the server has
/// answered its statement or its COMMIT without an error.
/// </summary>
internal sealed class Writers : IAsyncDisposable
{
    /// <summary>What applications must bear: cancelled, deadlock, serialization, a prepared statement over a changed type.</summary>
    private static readonly string[] Bearable = ["57014", "40P01", "40001", "0A000"];

    private readonly ConcurrentDictionary<string, (long Begun, long Ended)> _acknowledged = [];
    private readonly ConcurrentDictionary<string, int> _borne = [];
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _working = [];
    private long _now;
    private int _number;

    private static readonly string[] Ways =
        ["plain", "prepared", "function", "copy", "view", "read first", "repeatable read", "cached ids"];

    public Writers(string database)
    {
        foreach (var way in Ways) _working.Add(WriteAsync(database, way));
    }

    /// <summary>A moment; later ones are greater.</summary>
    public long Now => Interlocked.Increment(ref _now);

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Errors that no application should have seen.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public IReadOnlyDictionary<string, int> Borne => _borne;

    /// <summary>The acknowledged rows, except those that were written while something happened that a rollback has undone.</summary>
    public IReadOnlyList<string> Names(IReadOnlyList<(long Begin, long End)> undone) =>
    [
        .. _acknowledged.Where(one => !undone.Any(window => one.Value.Begun <= window.End && one.Value.Ended >= window.Begin))
            .Select(one => one.Key),
    ];

    private async Task WriteAsync(string database, string way)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        await using var prepared = new NpgsqlCommand("INSERT INTO acme.item (name) VALUES ($1)", connection)
        {
            Parameters = { new() { Value = "" } },
        };
        if (way == "prepared") await prepared.PrepareAsync();
        Queue<long> ids = [];
        while (!_end.IsCancellationRequested)
        {
            var name = $"{way} {Interlocked.Increment(ref _number)}";
            var begun = Now;
            try
            {
                await WriteAsync(connection, prepared, ids, way, name);
                _acknowledged[name] = (begun, Now);
            }
            catch (PostgresException e)
            {
                if (Bearable.Contains(e.SqlState)) _borne.AddOrUpdate(e.SqlState, 1, (_, count) => count + 1);
                else _faults.Enqueue($"{way}: {e.SqlState} {e.MessageText}");
                if (way is "read first" or "repeatable read") await ExecuteAsync(connection, "ROLLBACK");
            }
            catch (NpgsqlException e)
            {
                _faults.Enqueue($"{way}: {e.Message}");
                return;
            }
        }
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, NpgsqlCommand prepared, Queue<long> ids, string way, string name)
    {
        switch (way)
        {
            case "prepared":
                prepared.Parameters[0].Value = name;
                await prepared.ExecuteNonQueryAsync();
                return;
            case "function":
                await ExecuteAsync(connection, $"SELECT public.add_item('{name}')");
                return;
            case "copy":
                await using (var copy = await connection.BeginTextImportAsync("COPY acme.item (name) FROM STDIN"))
                    await copy.WriteAsync($"{name}\n");
                return;
            case "view":
                await ExecuteAsync(connection, $"INSERT INTO acme.items (name) VALUES ('{name}')");
                return;
            case "read first" or "repeatable read":
                await ExecuteAsync(connection, way == "read first" ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ");
                await ExecuteAsync(connection, "SELECT pg_catalog.count(*) FROM acme.item WHERE id < 10");
                await ExecuteAsync(connection, $"INSERT INTO acme.item (name) VALUES ('{name}')");
                await ExecuteAsync(connection, "COMMIT");
                return;
            case "cached ids":
                // As mappers do that fetch numbers from the sequence in blocks.
                if (ids.Count == 0) await FetchAsync(connection, ids);
                await ExecuteAsync(connection, $"INSERT INTO acme.item (id, name) VALUES ({ids.Dequeue()}, '{name}')");
                return;
            default:
                await ExecuteAsync(connection, $"INSERT INTO acme.item (name) VALUES ('{name}')");
                return;
        }
    }

    private static async Task FetchAsync(NpgsqlConnection connection, Queue<long> ids)
    {
        await using var command = new NpgsqlCommand("SELECT nextval('acme.item_id_seq') FROM generate_series(1, 20)", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) ids.Enqueue(reader.GetInt64(0));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_working);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _end.Dispose();
    }
}
