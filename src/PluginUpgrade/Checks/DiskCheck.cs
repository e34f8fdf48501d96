using PluginUpgrade.Unix;

namespace PluginUpgrade.Checks;

/// <summary>Something that is going to be written on this machine.</summary>
/// <param name="Path">Where; it need not exist yet.</param>
/// <param name="What">As in <c>the log of the run</c>.</param>
/// <param name="IsRequired">Without it the run is refused; else it is a warning.</param>
public sealed record DiskNeed(string Path, long Bytes, string What, bool IsRequired);

/// <summary>Room on a file system of this machine.</summary>
/// <param name="Device">The same for all paths on it.</param>
public sealed record DiskRoom(ulong Device, string Path, long Free)
{
    /// <summary>Of the path, or of the directory that it will be made in; null where that cannot be told.</summary>
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

/// <summary>What is going to be written finds room. Of the servers' disks nothing is known from here.</summary>
public static class DiskCheck
{
    /// <param name="room">Of a path; null where it cannot be told.</param>
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
