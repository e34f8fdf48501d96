using PluginUpgrade.Unix;

namespace PluginUpgrade.Checks;

/// <summary>Data that will be written on this machine.</summary>
/// <param name="Path">The path, which need not exist yet.</param>
/// <param name="What">A name for messages, such as <c>the log of the run</c>.</param>
/// <param name="IsRequired">Whether missing space refuses the run; else it is a warning.</param>
public sealed record DiskNeed(string Path, long Bytes, string What, bool IsRequired);

/// <summary>The free space of a file system of this machine.</summary>
/// <param name="Device">The file system's device number: equal for all paths on it.</param>
public sealed record DiskRoom(ulong Device, string Path, long Free)
{
    /// <summary>The free space at the path, or at its nearest existing parent directory; null where it is unknown.</summary>
    public static DiskRoom? At(string path)
    {
        try
        {
            path = ExistingPath.Directory(path).Path;
            return new DiskRoom(Libc.Look(path)?.Device ?? 0, path, new DriveInfo(path).AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>
/// There is enough space for everything that will be written on this machine. The servers' disks cannot be checked from here.
/// </summary>
public static class DiskCheck
{
    /// <param name="room">The free space at a path; null where it is unknown.</param>
    public static IEnumerable<Problem> Find(IReadOnlyList<DiskNeed> needs, Func<string, DiskRoom?> room) =>
        from need in needs
        let found = room(need.Path)
        where found is not null
        group (Need: need, Room: found) by found.Device into disk
        let needed = disk.Sum(one => one.Need.Bytes)
        let least = disk.First().Room
        where least.Free < needed
        select new Problem("KU-3203", least.Path,
            $"Its file system has {Quantity.Size(least.Free)} free, but {Quantity.Size(needed)} are needed: "
                + string.Join(", ", disk.Select(one => $"{Quantity.Size(one.Need.Bytes)} for {one.Need.What}")) + ".",
            "Free some space, then run the same command.",
            disk.Any(one => one.Need.IsRequired) ? Severity.Error : Severity.Warning);
}
