using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>
/// The folder of a save that is being written: renamed to its own name when it is whole, and removed when it never becomes so. A lock
/// that ends with this process tells other processes that it is at work.
/// </summary>
internal sealed class SaveFolder : IAsyncDisposable
{
    private const uint Private = 0x1c0, PrivateFile = 0x180;

    /// <summary>A pg_dump that was just ended may make one more file.</summary>
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

    /// <param name="removed">Told of each leftover of a killed process that was removed.</param>
    /// <exception cref="UpgradeException">The directory is not ours, or cannot be written to.</exception>
    public static async Task<SaveFolder> BeginAsync(SaveContext context, Action<string> removed)
    {
        var (directory, id) = (context.Directory, SaveDirectory.NewId(context.Time.GetUtcNow(), context.RunId));
        IReadOnlyList<string> made = [];
        try
        {
            // What is above it may be anybody's to pass, the saves themselves are not.
            made = LinkFree.MakeDirectories(directory, Private);
            if (new SaveDirectory(directory).Insecure() is { } insecure) throw new UpgradeException(insecure);
            foreach (var leftover in new SaveDirectory(directory).Leftovers())
                if (await RemoveAsync(leftover)) removed(leftover);
            var held = HostLock.TryExclusive(System.IO.Path.Combine(directory, id + SaveDirectory.Lock))
                ?? throw new IOException($"another process is writing {id}.");
            var folder = new SaveFolder(directory, id, made, held);
            if (Directory.Exists(folder.Final)) throw new IOException($"'{folder.Final}' exists already.");
            if (!LinkFree.TryMakeDirectory(Real(folder.Path), Private)) throw new IOException($"'{folder.Path}' exists already.");
            return folder;
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            Unmake(made);
            throw new UpgradeException(SaveProblem.NotWritten(directory, e.Message), e);
        }
    }

    /// <summary>Writes the manifest, and gives the folder its name: from here on there is a save.</summary>
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

    /// <summary>With its lock. False where it could not be: it is no save, and the next one tries again.</summary>
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

    private static bool IsOfFiles(Exception e) => e is IOException or UnauthorizedAccessException;

    private static void RemoveLock(string directory, string id)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(directory, id + SaveDirectory.Lock));
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            // An empty file, in nobody's way.
        }
    }

    private static void WriteManifest(string path, byte[] manifest)
    {
        using var file = new FileStream(LinkFree.MakeFile(Real(path), PrivateFile), FileAccess.Write);
        file.Write(manifest);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Free of links up to the name itself.</summary>
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
            // Somebody put something into it in the meantime.
        }
    }
}
