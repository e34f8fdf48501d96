using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>
/// Writes and checks one archive, with its targets' locks shared meanwhile: nobody upgrades them between the look at their journals and the
/// snapshot that pg_dump takes. Applications go on; each archive is one snapshot.
/// </summary>
internal sealed class ArchiveWriter(SaveSetting setting, string folder)
{
    /// <exception cref="UpgradeException">It failed; what was written is to be removed.</exception>
    public async Task<(SavedArchive Archive, IReadOnlyList<SavedTarget> Targets, string Said)> WriteAsync(
        PlannedArchive archive, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await Connections.OpenForReadingAsync(
                archive.Targets[0].Database, setting.Connection, WaitFor.Return, cancellationToken);
            if (await TargetLock.ShareAsync(connection, archive.Targets, setting.Connection.LockTimeout, setting.Time, cancellationToken)
                is var (target, holder))
                throw new UpgradeException(SaveProblem.Locked(target, holder));
            var versions = await VersionsAsync(connection, archive, cancellationToken);
            var said = await DumpAsync(archive, cancellationToken);
            var files = await FilesAsync(archive, cancellationToken);
            var saved = new SavedArchive(archive.Name, archive.Database.Version, archive.Programs.Version, files);
            return (saved, [.. archive.Targets.Select(one => Target(archive, one, versions))], said);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) && e is not IOException)
        {
            throw new UpgradeException(ConnectionProblem.Of(archive.Targets[0], e), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpgradeException(SaveProblem.NotWritten(setting.Directory, e.Message), e);
        }
    }

    private async Task<string> DumpAsync(PlannedArchive archive, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, archive.Name);
        var dump = await Dump.Write(archive, file, setting.Connection).RunAsync(cancellationToken);
        if (dump.ExitCode != 0) throw new UpgradeException(SaveProblem.DumpFailed($"{archive}", dump.ExitCode, dump.Said));
        var list = await Dump.List(archive, file).RunAsync(cancellationToken);
        if (list.ExitCode != 0) throw new UpgradeException(SaveProblem.NotReadable($"{archive}", list.Said));
        return dump.Errors.Trim();
    }

    /// <summary>pg_dump has forced them to the disk.</summary>
    private async Task<IReadOnlyList<SavedFile>> FilesAsync(PlannedArchive archive, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, archive.Name);
        var names = archive.Jobs > 0 ? SaveFiles.PathsIn(path).Select(name => $"{archive.Name}/{name}").ToList() : [archive.Name];
        List<SavedFile> files = [];
        foreach (var name in names)
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(folder, name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            files.Add(await SaveFiles.ReadAsync(folder, name, cancellationToken));
        }
        return files;
    }

    private static async Task<IReadOnlyDictionary<string, JournalKind>> VersionsAsync(
        Npgsql.NpgsqlConnection connection, PlannedArchive archive, CancellationToken cancellationToken)
    {
        List<string> schemas = [.. archive.Targets.Select(target => target.Schema).Distinct()];
        var places = await PlaceReader.ReadAsync(connection, schemas, cancellationToken);
        return await new JournalKinds().ReadAsync(
            connection, [.. schemas.Where(schema => places[schema] is { JournalFormat: Journal.Format, IsJournalSound: true })],
            cancellationToken);
    }

    private SavedTarget Target(PlannedArchive archive, Target target, IReadOnlyDictionary<string, JournalKind> journals)
    {
        var rows = journals.GetValueOrDefault(target.Schema)?.Rows(target.Scope) ?? [];
        var versions = rows.Where(row => row is { Stands: true, State: StepState.Done or StepState.Baseline })
            .GroupBy(row => row.Component).ToDictionary(group => group.Key, group => $"{group.Max(row => row.Version)}");
        return new SavedTarget(
            target.Scope, target.Name, target.Server, target.DatabaseName, target.Schema, archive.Name, versions)
        {
            WholeDatabase = archive.IsWholeDatabase,
            Goals = setting.Goals.GetValueOrDefault(target) ?? new Dictionary<string, string>(),
        };
    }
}
