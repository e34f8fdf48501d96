using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;
using PluginUpgrade.Saves;

namespace PluginUpgrade.PostgresTests.Saves;

/// <summary>What tests of saves do with an installation.</summary>
internal static class Saved
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static SaveDirectory Directory(TestInstallation installation) =>
        new(Path.Combine(installation.Root, "data", "upgrade-saves"));

    /// <summary>Takes one, which is to succeed and to be whole, every byte of it.</summary>
    public static async Task<Save> TakeAsync(this TestInstallation installation, params string[] arguments)
    {
        await installation.SucceedsAsync(["save", .. arguments]);
        return await installation.NewestSaveAsync();
    }

    public static async Task<Save> NewestSaveAsync(this TestInstallation installation)
    {
        var save = Directory(installation).Saves()[^1];
        Assert.Empty(await SaveFiles.VerifyAsync(save, Token));
        return save;
    }

    /// <summary>The archive's table of contents, as pg_restore lists it.</summary>
    public static async Task<string> ContentsAsync(Save save, string archive) =>
        (await RestoreAsync(["--list", Path.Combine(save.Folder, archive)], null)).Output;

    /// <summary>The save of a target in a new database, read back by PostgreSQL's own program; the database's connection string.</summary>
    public static async Task<string> ReadBackAsync(TestServer server, Save save, Func<SavedTarget, bool> target)
    {
        var database = await server.CreateDatabaseAsync();
        var archive = save.Manifest!.Targets.First(target).Archive;
        string[] options = ["--exit-on-error", "--clean", "--if-exists", "-d", Libpq(database)];
        await RestoreAsync([.. options, Path.Combine(save.Folder, archive)], database);
        return database;
    }

    private static string Libpq(string database) => new NpgsqlConnectionStringBuilder(database).Database!;

    private static async Task<ProgramResult> RestoreAsync(string[] arguments, string? database)
    {
        var programs = (await ClientPrograms.FindAllAsync(null, Token))[^1];
        var result = await new ProgramCall
        {
            File = programs.Restore,
            Arguments = arguments,
            Environment = database is null ? new Dictionary<string, string?>() : ClientConnection.Environment(
                database, new ConnectionSettings("test", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15))),
        }.RunAsync(Token);
        Assert.True(result.ExitCode == 0, result.Said);
        return result;
    }

    /// <summary>Everything in the directory of saves; nothing where it does not exist.</summary>
    public static IReadOnlyList<string> Entries(TestInstallation installation) => !System.IO.Directory.Exists(Directory(installation).Path)
        ? [] : [.. System.IO.Directory.EnumerateFileSystemEntries(Directory(installation).Path).Select(path => Path.GetFileName(path)!)];

    /// <summary>Holds a table so that pg_dump waits for it, until the transaction is disposed.</summary>
    public static async Task<NpgsqlConnection> HoldAsync(this TestInstallation installation, string table)
    {
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:01:00" };
        var application = await installation.OpenAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", application);
        await command.ExecuteNonQueryAsync(Token);
        return application;
    }

    /// <summary>Until pg_dump waits for that table; its process.</summary>
    public static async Task<int> DumpingAsync(TestInstallation installation, HostProcess host)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (await installation.QueryAsync("""
            SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'
              AND application_name LIKE 'krang-upgrade %'
            """) is [] || Dumps(installation) is [])
        {
            Assert.False(host.HasExited, $"ended before it dumped:\n{host.ErrorSoFar}");
            await Task.Delay(50, limit.Token);
        }
        return Dumps(installation)[0];
    }

    /// <summary>Until no pg_dump works for the installation.</summary>
    public static async Task NoDumpIsLeftAsync(TestInstallation installation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (Dumps(installation) is not []) await Task.Delay(50, limit.Token);
    }

    /// <summary>Processes of pg_dump itself that write below the installation's root.</summary>
    private static List<int> Dumps(TestInstallation installation) =>
    [
        .. Process.GetProcessesByName("pg_dump").Where(process => CommandLine(process.Id).Contains(installation.Root)).Select(p => p.Id),
    ];

    public static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
