namespace PluginUpgrade.Schemas.Resolving;

internal static class Renames
{
    /// <summary>
    /// An order in which no new name is taken at its moment: <c>b</c> becomes <c>c</c> before <c>a</c> becomes <c>b</c>.
    /// </summary>
    /// <returns>The renames in order, and those for which there is none.</returns>
    public static (IReadOnlyList<T> Ordered, IReadOnlyList<T> Impossible) Order<T>(
        IEnumerable<T> renames, Func<T, string> from, Func<T, string> to, IEnumerable<string> taken)
    {
        var names = taken.ToHashSet();
        List<T> left = [.. renames], ordered = [];
        while (left.FindIndex(rename => !names.Contains(to(rename))) is var next and >= 0)
        {
            ordered.Add(left[next]);
            names.Remove(from(left[next]));
            names.Add(to(left[next]));
            left.RemoveAt(next);
        }
        return (ordered, left);
    }
}
