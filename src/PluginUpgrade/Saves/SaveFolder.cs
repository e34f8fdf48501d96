using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>
/// The folder of a save that is being written. It is renamed to its own name when it is complete, and removed otherwise. A lock that ends
/// with this process shows other processes that the folder is in use.
/// </summary>
internal sealed class SaveFolder : IAsyncDisposable
{
    private const uint Private = 0x1c0, PrivateFile = 0x180;

    /// <summary>A pg_dump that is being ended may create one more file.</summary>
    private const int RemovalTries = 10;

    private static readonly Pause BetweenRemovals = Pause.OfMilliseconds(50);

    private readonly string _directory;
    private readonly IReadOnlyList<string> _made;
    private readonly HostLock _lock;
    private bool _finished;

    private SaveFolder(string directory, string id, IReadOnlyList<string> made, HostLock held) =>
        (_directory, Id, _made, _lock) = (directory, id, made, held);

    public string Id { get; }

    public string Path => Final + SaveDirectory.Partial;

    private string Final => System.IO.Path.Combine(_directory, Id);

    /// <param name="removed">Called for each leftover of a killed process that was removed.</param>
    /// <exception cref="UpgradeException">The directory is not secure, or cannot be written to.</exception>
    public static async Task<SaveFolder> BeginAsync(SaveContext context, Action<string> removed)
    {
        var (directory, id) = (context.Directory, SaveDirectory.NewId(context.Time.GetUtcNow(), context.RunId));
        IReadOnlyList<string> made = [];
        HostLock? held = null;
        try
        {
            // Others may be allowed to pass through the directories above, but not into the saves.
            made = LinkFree.MakeDirectories(directory, Private);
            if (new SaveDirectory(directory).Insecure() is { } insecure) throw new UpgradeException(insecure);
            foreach (var leftover in new SaveDirectory(directory).Leftovers())
                if (await RemoveAsync(leftover)) removed(leftover);
            held = HostLock.TryExclusive(System.IO.Path.Combine(directory, id + SaveDirectory.Lock))
                ?? throw new IOException($"another process is writing {id}.");
            var folder = new SaveFolder(directory, id, made, held);
            if (Directory.Exists(folder.Final)) throw new IOException($"'{folder.Final}' exists already.");
            if (!LinkFree.TryMakeDirectory(Real(folder.Path), Private)) throw new IOException($"'{folder.Path}' exists already.");
            return folder;
        }
        catch (Exception e) when (IsOfFiles(e) || e is UpgradeException)
        {
            if (held is not null) RemoveLock(directory, id);
            held?.Dispose();
            Unmake(made);
            if (e is UpgradeException) throw;
            throw new UpgradeException(SaveProblem.NotWritten(directory, e.Message), e);
        }
    }

    /// <summary>Writes the manifest, and gives the folder its name: from then on the save exists.</summary>
    public Save Finish(SaveManifest manifest)
    {
        try
        {
            WriteManifest(System.IO.Path.Combine(Path, SaveManifest.FileName), Save.Bytes(manifest));
            LinkFree.SyncDirectory(Libc.RealPath(Path));
            SeededFault.Point("save written");
            LinkFree.Rename(Real(Path), Real(Final));
            LinkFree.SyncDirectory(Libc.RealPath(_directory));
            SeededFault.Point("save named");
            _finished = true;
            return new Save(Final, manifest, null);
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            throw new UpgradeException(SaveProblem.NotWritten(_directory, e.Message), e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_finished) await RemoveAsync(Path);
        RemoveLock(_directory, Id);
        _lock.Dispose();
        if (!_finished) Unmake(_made);
    }

    /// <summary>
    /// Removes the folder and its lock. False if that failed: it does not count as a save, and the next save tries again.
    /// </summary>
    internal static async Task<bool> RemoveAsync(string folder)
    {
        try
        {
            await Retry.RunAsync(RemovalTries, () => Task.FromResult(Delete(folder)), IsOfFiles,
                (_, number) => BetweenRemovals.WaitAsync(number, TimeProvider.System, CancellationToken.None));
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            return false;
        }
        RemoveLock(System.IO.Path.GetDirectoryName(folder)!, System.IO.Path.GetFileNameWithoutExtension(folder));
        return true;
    }

    private static bool Delete(string folder)
    {
        if (Directory.Exists(folder)) LinkFree.DeleteTree(Real(folder));
        return true;
    }

    private static bool IsOfFiles(Exception e) => FileError.Is(e);

    private static void RemoveLock(string directory, string id)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(directory, id + SaveDirectory.Lock));
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            // An empty file does no harm.
        }
    }

    private static void WriteManifest(string path, byte[] manifest)
    {
        using var file = new FileStream(LinkFree.MakeFile(Real(path), PrivateFile), FileAccess.Write);
        file.Write(manifest);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The path without links, except for its last name.</summary>
    private static string Real(string path) =>
        System.IO.Path.Join(Libc.RealPath(System.IO.Path.GetDirectoryName(path)!), System.IO.Path.GetFileName(path));

    private static void Unmake(IReadOnlyList<string> made)
    {
        try
        {
            foreach (var path in made.Reverse()) LinkFree.TryDeleteDirectory(path);
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            // Somebody has put something into it meanwhile.
        }
    }
}
