using System.Security.Cryptography;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>Checks the files of a save against its manifest. Names in a manifest never lead out of the folder.</summary>
public static class SaveFiles
{
    /// <summary>Finds everything that is wrong with names and sizes; contents are not read.</summary>
    public static IReadOnlyList<Problem> Look(Save save)
    {
        var manifest = save.Manifest!;
        List<Problem> problems = [];
        HashSet<string> known = [SaveManifest.FileName];
        foreach (var file in manifest.Archives.SelectMany(archive => archive.Files))
        {
            known.Add(file.Path);
            if (!IsPlain(file.Path))
                problems.Add(SaveProblem.Unreadable(save.Folder, $"its manifest names a file outside the folder: {file.Path}."));
            else if (Libc.Look(Path.Combine(save.Folder, file.Path)) is not { IsFile: true } found)
                problems.Add(SaveProblem.MissingFile(save.Id, file.Path));
            else if (Ownership.Fault(found, isFolder: false) is { } fault)
                problems.Add(SaveProblem.NotOurs(Path.Combine(save.Folder, file.Path), fault));
            else if (found.Length != file.Bytes)
                problems.Add(SaveProblem.OtherFile(save.Id, file.Path, $"has {found.Length} bytes instead of {file.Bytes}"));
        }
        problems.AddRange(Names(save));
        var paths = FilesBelow.PathsIn(save.Folder, why => problems.Add(SaveProblem.Unreadable(save.Folder, why)));
        problems.AddRange(paths.Where(path => !known.Contains(path)).Select(path => SaveProblem.Extra(save.Id, path)));
        problems.AddRange(manifest.Targets.Where(target => manifest.Archives.All(archive => archive.Name != target.Archive))
            .Select(target => SaveProblem.MissingFile(save.Id, $"the archive of {target}")));
        return problems;
    }

    /// <summary>Each archive of the manifest must have a name of its own in the folder, and only files that belong to it.</summary>
    private static IEnumerable<Problem> Names(Save save)
    {
        var archives = save.Manifest!.Archives;
        foreach (var archive in archives)
            if (!IsPlain(archive.Name) || archive.Name.Contains('/') || archive.Name == SaveManifest.FileName)
                yield return SaveProblem.Unreadable(save.Folder, $"its manifest names an archive outside the folder: {archive.Name}.");
            else if (archive.Files.Count == 0 || archive.Files.Any(file => IsPlain(file.Path) && !Belongs(file.Path, archive)))
                yield return SaveProblem.OtherArchive(save.Id, archive.Name, "lists files of another archive");
        foreach (var twice in archives.GroupBy(archive => archive.Name).Where(group => group.Count() > 1))
            yield return SaveProblem.OtherArchive(save.Id, twice.Key, "appears twice");
        foreach (var several in save.Manifest.Targets.GroupBy(target => target.Archive))
            if (several.DistinctBy(target => (target.Server, target.DatabaseName, target.WholeDatabase)).Count() > 1)
                yield return SaveProblem.OtherArchive(save.Id, several.Key, "names several databases");
    }

    private static bool Belongs(string path, SavedArchive archive) =>
        path == archive.Name || path == $"{archive.Name}.inventory" || path.StartsWith($"{archive.Name}/", StringComparison.Ordinal);

    /// <summary>Does the same, and checks every file's content.</summary>
    /// <param name="archives">Only their contents are read; null: all.</param>
    public static async Task<IReadOnlyList<Problem>> VerifyAsync(
        Save save, CancellationToken cancellationToken, IReadOnlyCollection<SavedArchive>? archives = null)
    {
        if (save.Manifest is null) return [save.Fault!];
        var problems = Look(save).ToList();
        if (problems.Count > 0) return problems;
        foreach (var file in (archives ?? save.Manifest.Archives).SelectMany(archive => archive.Files))
            try
            {
                if ((await ReadAsync(save.Folder, file.Path, cancellationToken)).Sha256 != file.Sha256)
                    problems.Add(SaveProblem.OtherFile(save.Id, file.Path, "has changed: its SHA-256 differs"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add(SaveProblem.OtherFile(save.Id, file.Path, $"cannot be read: {e.Message}"));
            }
        return problems;
    }

    internal static async Task<SavedFile> ReadAsync(string folder, string path, CancellationToken cancellationToken)
    {
        await using var file = RegularFile.Open(Path.Combine(folder, path), follow: false, buffer: 1 << 20);
        var hash = await SHA256.HashDataAsync(file, cancellationToken);
        return new SavedFile(path, file.Length, Convert.ToHexStringLower(hash));
    }

    private static bool IsPlain(string path) =>
        path.Length > 0 && !Path.IsPathRooted(path) && path.Split('/') is { Length: <= 2 } parts
        && parts.All(part => part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));
}
