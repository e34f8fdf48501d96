namespace PluginUpgrade.Unix;

/// <summary>
/// Follows a path as the kernel does: links are followed where they are met, and <c>..</c> is the parent of where they led.
/// </summary>
internal static class PathWalk
{
    /// <summary>The kernel's own limit.</summary>
    public const int MaxLinks = 40;

    /// <param name="start">Where a relative path begins.</param>
    /// <param name="linkOf">
    /// Called for every entry on the way, with whether it is the path's last one. Returns where the entry leads; null if it is no link, or
    /// is not followed.
    /// </param>
    /// <returns>Where the path leads, without the links that were followed; null after more than <see cref="MaxLinks"/>.</returns>
    public static string? Follow(string start, string path, Func<string, bool, string?> linkOf)
    {
        var (current, links) = (start, 0);
        Stack<string> rest = new(Names(path));
        while (rest.TryPop(out var name))
        {
            if (name == "..")
            {
                current = LinkFree.Parent(current);
                continue;
            }
            var next = Path.Join(current, name);
            if (linkOf(next, rest.Count == 0) is not { } target)
            {
                current = next;
                continue;
            }
            if (++links > MaxLinks) return null;
            if (target.StartsWith('/')) current = "/";
            foreach (var component in Names(target)) rest.Push(component);
        }
        return current;
    }

    /// <summary>The last one first.</summary>
    private static IEnumerable<string> Names(string path) => path.Split('/').Where(name => name is not ("" or ".")).Reverse();
}
