using Npgsql;
using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>A server whose data, write-ahead log and temporary files lie on a small disk each.</summary>
public sealed class ServerOnSmallDisks : IAsyncDisposable
{
    /// <summary>The tablespace of temporary files.</summary>
    public const string Spill = "spill";

    private readonly TempDirectory _directory = new();
    private readonly List<SmallDisk> _disks = [];

    private ServerOnSmallDisks() { }

    public SmallDisk Data => _disks[0];

    public SmallDisk Log => _disks[1];

    public SmallDisk Temporary => _disks[2];

    public TestServer Server { get; private set; } = null!;

    /// <summary>Null where this process may not mount.</summary>
    public static async Task<ServerOnSmallDisks?> TryStartAsync(CancellationToken cancellationToken)
    {
        var made = new ServerOnSmallDisks();
        foreach (var (name, megabytes) in new[] { ("data", 256), ("wal", 128), ("temporary", 16) })
        {
            var place = Directory.CreateDirectory(Path.Combine(made._directory.Root, name)).FullName;
            if (SmallDisk.TryMount(place, megabytes, ofAll: true) is not { } disk)
            {
                await made.DisposeAsync();
                return null;
            }
            made._disks.Add(disk);
        }
        await made.StartAsync(cancellationToken);
        return made;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var programs = await PostgresPrograms.FindAsync(TestServer.ThrowAway.Programs, null, cancellationToken);
        Server = TestServer.In(Data.Path, TestServer.ThrowAway with
        {
            Programs = await WrapAsync(programs, cancellationToken),
            Settings = new Dictionary<string, string>(TestServer.ThrowAway.Settings)
            {
                // No segment is freed by size or kept for later: how much the log takes is what was written.
                ["max_wal_size"] = "1GB",
                ["min_wal_size"] = "2MB",
                ["wal_recycle"] = "off",
                ["autovacuum"] = "off",
                // What is not durable may tear in a crash; a crash is what a full log ends in.
                ["full_page_writes"] = "on",
            },
        });
        // A program that does not read what it is given may end before it is written: "Broken pipe".
        await ExecuteAsync($"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; mkdir -m 700 {Temporary.Path}/{Spill}'", cancellationToken);
        await ExecuteAsync($"CREATE TABLESPACE {Spill} LOCATION '{Temporary.Path}/{Spill}'", cancellationToken);
    }

    /// <summary>A directory of programs whose initdb puts the log on its own disk, in segments of a megabyte.</summary>
    private async Task<string> WrapAsync(PostgresPrograms programs, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory.Root, "programs")).FullName;
        foreach (var (name, more) in new[] { ("initdb", $"--waldir={Log.Path}/wal --wal-segsize=1"), ("pg_ctl", ""), ("postgres", "") })
        {
            var file = Path.Combine(directory, name);
            await File.WriteAllTextAsync(file, $"#!/bin/sh\nexec '{programs[name]}' \"$@\" {more}\n", cancellationToken);
            File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }
        return directory;
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        await FleetTemplate.ExecuteAsync((await Server.StartedAsync()).ConnectionTo("postgres"), sql, cancellationToken);

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A new connection: a pool would hand out one from before the crash.
            await using var connection =
                new NpgsqlConnection((await Server.StartedAsync()).ConnectionTo("postgres") + ";Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disk in _disks) disk.MakeRoom();
        if (Server is not null) await Server.DisposeAsync();
        foreach (var disk in _disks) disk.Dispose();
        _directory.Dispose();
    }
}
