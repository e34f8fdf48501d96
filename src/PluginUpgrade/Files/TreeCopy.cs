using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>Copies a file, a symbolic link as a link, or a directory with everything in it.</summary>
internal sealed class TreeCopy(Disk disk, CancellationToken cancellationToken)
{
    public void Copy(string from, string to)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var state = LinkFree.Look(from) ?? throw new FileNotFoundException($"'{from}' is gone, or its name is not UTF-8; not " +
            $"copied.", from);
        switch (state.Kind)
        {
            case FileKind.File:
                disk.CopyFile(from, to);
                break;

            case FileKind.Link:
                disk.MakeLink(to, LinkFree.ReadLink(from));
                break;

            case FileKind.Directory:
                disk.MakeDirectory(to, Disk.Private);
                foreach (var entry in LinkFree.Entries(from)) Copy(entry, Path.Join(to, Path.GetFileName(entry)));
                break;

            default:
                // Opening a pipe would wait for a writer.
                throw new IOException($"'{from}' is a pipe, a socket or a device, which cannot be copied.");
        }
        // Last, because the mode may forbid even this process to write.
        disk.Resemble(to, state);
    }
}
