namespace PluginUpgrade;

/// <summary>
/// Changes to files and directories below the installation's root. Each is written to an undo log on disk before it is made; when the
/// step fails, or krang-upgrade died in it, all of them are undone, latest first. They become final when the step's transaction commits.
/// </summary>
/// <remarks>
/// Paths are relative to the root, or absolute below it, and use <c>/</c>. Directories that are missing on the way to a new path are made.
/// Every method throws <see cref="UnauthorizedAccessException"/> for a path outside the root (also through <c>..</c> or a symbolic
/// link), for the root itself, and for krang-upgrade's own undo log; <see cref="FileNotFoundException"/> where the source is absent; and
/// <see cref="IOException"/> where the destination exists or the disk is full. An object serves one step, one call at a time.
/// </remarks>
public abstract class InstallationFiles
{
    internal InstallationFiles() { }

    /// <summary>
    /// Moves or renames a file or a directory. The destination must not exist; source and destination lie on one file system.
    /// </summary>
    public abstract Task MoveAsync(string from, string to, CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a file, or a directory with all that is in it, keeping modes; symbolic links are copied as links. The destination must not
    /// exist.
    /// </summary>
    public abstract Task CopyAsync(string from, string to, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a file: its whole content at once, replacing what was there and keeping its mode. A reader sees the old or the new content,
    /// never a part.
    /// </summary>
    public abstract Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>As the other overload; text is written as UTF-8 without a byte order mark.</summary>
    public Task WriteAsync(string path, string content, CancellationToken cancellationToken = default) =>
        WriteAsync(path, System.Text.Encoding.UTF8.GetBytes(content), cancellationToken);

    /// <summary>Removes a file or a directory with all that is in it. Kept aside until the step has committed.</summary>
    public abstract Task RemoveAsync(string path, CancellationToken cancellationToken = default);
}
