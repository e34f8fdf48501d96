namespace PluginUpgrade;

/// <summary>
/// Changes files and directories below the installation's root. Each change is recorded in an undo log on disk before it is made. If the
/// step fails, or krang-upgrade dies during it, all changes are undone, latest first. They are final when the step's transaction commits.
/// </summary>
/// <remarks>
/// Paths are relative to the root, or absolute below it, and use <c>/</c>. Missing parent directories of a new path are created.
/// Every method throws <see cref="UnauthorizedAccessException"/> for a path outside the root (also through <c>..</c> or a symbolic
/// link), for the root itself, and for krang-upgrade's own undo log; <see cref="FileNotFoundException"/> if the source does not exist; and
/// <see cref="IOException"/> if the destination exists or the disk is full. An object serves one step, one call at a time.
/// </remarks>
public abstract class InstallationFiles
{
    internal InstallationFiles() { }

    /// <summary>
    /// Moves or renames a file or a directory. The destination must not exist; source and destination must be on one file system.
    /// </summary>
    public abstract Task MoveAsync(string from, string to, CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a file, or a directory with its contents, and keeps the modes; symbolic links are copied as links. The destination must not
    /// exist.
    /// </summary>
    public abstract Task CopyAsync(string from, string to, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes the whole content of a file. An existing file is replaced and keeps its mode. A reader sees the old or the new content, never
    /// a part.
    /// </summary>
    public abstract Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>As the other overload; the text is written as UTF-8 without a byte order mark.</summary>
    public Task WriteAsync(string path, string content, CancellationToken cancellationToken = default) =>
        WriteAsync(path, System.Text.Encoding.UTF8.GetBytes(content), cancellationToken);

    /// <summary>Removes a file, or a directory with its contents. A copy is kept until the step has committed.</summary>
    public abstract Task RemoveAsync(string path, CancellationToken cancellationToken = default);
}
