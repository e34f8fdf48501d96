using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>
/// Writes and checks one archive. Meanwhile it shares the locks of its targets: nobody upgrades them between the reading of their journals
/// and pg_dump's snapshot. Applications continue; each archive is one snapshot.
/// </summary>
internal sealed class ArchiveWriter(SaveContext context, string folder)
{
    /// <exception cref="UpgradeException">It failed; the caller must remove what was written.</exception>
    public async Task<(SavedArchive Archive, IReadOnlyList<SavedTarget> Targets, IReadOnlyList<Problem> Warnings, string Said)> WriteAsync(
        PlannedArchive archive, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await Connections.OpenForReadingAsync(
                archive.Targets[0].Database, context.Connection, WaitFor.Return, cancellationToken);
            if (await TargetLock.ShareAsync(connection, archive.Targets, context.Connection.LockTimeout, context.Time, cancellationToken)
                is var (target, holder))
                throw new UpgradeException(SaveProblem.Locked(target, holder));
            var before = await JournalsAsync(connection, archive, cancellationToken);
            var versions = await VersionsAsync(connection, archive, cancellationToken);
            var inventory = await InventoryAsync(connection, archive, cancellationToken);
            var said = await DumpAsync(archive, cancellationToken);
            if (await ChangedAsync(connection, archive, before, cancellationToken) is { } changed) throw new UpgradeException(changed);
            // An application may have changed its tables meanwhile, and it is unknown which changes the snapshot has.
            inventory = inventory.And(await InventoryAsync(connection, archive, cancellationToken));
            var files = await FilesAsync(archive, inventory, cancellationToken);
            var saved = new SavedArchive(archive.Name, archive.Database.Version, archive.Programs.Version, files)
            {
                Inventory = InventoryOf(archive),
            };
            var warnings = await context.Promise(connection, archive, folder, saved, cancellationToken);
            return (saved, [.. archive.Targets.Select(one => Target(archive, one, versions))], warnings, said);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) && e is not IOException)
        {
            throw new UpgradeException(ConnectionProblem.Of(archive.Targets[0], e), e);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw new UpgradeException(SaveProblem.NotWritten(context.Directory, e.Message), e);
        }
    }

    private static string InventoryOf(PlannedArchive archive) => $"{archive.Name}.inventory";

    private static Task<string> JournalsAsync(
        Npgsql.NpgsqlConnection connection, PlannedArchive archive, CancellationToken cancellationToken) =>
        JournalDigest.OfAsync(connection, [.. archive.Targets.Select(target => target.Schema).Distinct()], cancellationToken);

    private static async Task<Inventory> InventoryAsync(
        Npgsql.NpgsqlConnection connection, PlannedArchive archive, CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "SET search_path = pg_catalog, pg_temp", cancellationToken);
        return await Inventory.ReadAsync(connection, archive.IsWholeDatabase ? null : archive.Schemas, cancellationToken);
    }

    /// <summary>
    /// The server may have ended the session that held the locks, and another process may have upgraded: then the journals that were read
    /// before are not those that pg_dump saved.
    /// </summary>
    private static async Task<Problem?> ChangedAsync(
        Npgsql.NpgsqlConnection connection, PlannedArchive archive, string before, CancellationToken cancellationToken)
    {
        try
        {
            if (!await TargetLock.HoldsAsync(connection, archive.Targets, cancellationToken))
                return SaveProblem.Changed($"{archive}", "its lock was lost");
            return await JournalsAsync(connection, archive, cancellationToken) == before
                ? null : SaveProblem.Changed($"{archive}", "its journal has changed");
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            return SaveProblem.Changed($"{archive}", $"the session that held its lock has ended ({SqlErrors.Describe(e)})");
        }
    }

    private async Task<string> DumpAsync(PlannedArchive archive, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, archive.Name);
        var dump = await Dump.Write(archive, file, context.Connection).RunAsync(cancellationToken);
        if (dump.ExitCode != 0) throw new UpgradeException(SaveProblem.DumpFailed($"{archive}", dump.ExitCode, dump.Said));
        var list = await Dump.List(archive, file).RunAsync(cancellationToken);
        if (list.ExitCode != 0) throw new UpgradeException(SaveProblem.NotReadable($"{archive}", list.Said));
        return dump.Errors.Trim();
    }

    /// <summary>Lists the archive's files and writes its inventory. pg_dump has flushed its own files to the disk.</summary>
    private async Task<IReadOnlyList<SavedFile>> FilesAsync(
        PlannedArchive archive, Inventory inventory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, archive.Name);
        var names = archive.Jobs > 0 ? FilesBelow.PathsIn(path).Select(name => $"{archive.Name}/{name}").ToList() : [archive.Name];
        await WriteAsync(Path.Combine(folder, InventoryOf(archive)), inventory, cancellationToken);
        List<SavedFile> files = [];
        foreach (var name in names.Append(InventoryOf(archive)))
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(folder, name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            files.Add(await SaveFiles.ReadAsync(folder, name, cancellationToken));
        }
        return files;
    }

    private static async Task WriteAsync(string path, Inventory inventory, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        await using (var text = new StreamWriter(file, leaveOpen: true))
            foreach (var line in inventory.Lines()) await text.WriteLineAsync(line.AsMemory(), cancellationToken);
        file.Flush(flushToDisk: true);
    }

    private static async Task<IReadOnlyDictionary<string, JournalKind>> VersionsAsync(
        Npgsql.NpgsqlConnection connection, PlannedArchive archive, CancellationToken cancellationToken)
    {
        List<string> schemas = [.. archive.Targets.Select(target => target.Schema).Distinct()];
        var (_, states) = await PlaceReader.ReadAsync(connection, schemas, cancellationToken);
        return await new JournalCache().ReadAsync(
            connection, [.. schemas.Where(schema => states[schema] is { JournalFormat: Journal.Format, IsJournalSound: true })],
            cancellationToken);
    }

    private SavedTarget Target(PlannedArchive archive, Target target, IReadOnlyDictionary<string, JournalKind> journals)
    {
        var versions = CurrentVersion.OfAll(target.Scope, journals.GetValueOrDefault(target.Schema), context.Modules);
        return new SavedTarget(
            target.Scope, target.Name, target.Server, target.DatabaseName, target.Schema, archive.Name, versions)
        {
            WholeDatabase = archive.IsWholeDatabase,
            RestsOn = [.. archive.Links.Inside.Where(link => link.From == target.Schema).Select(link => link.To)],
            Extensions = archive.Links.Extensions.GetValueOrDefault(target.Schema) ?? [],
            Goals = context.Goals.GetValueOrDefault(target) ?? new Dictionary<string, string>(),
        };
    }
}
