using System.Text;

namespace PluginUpgrade.Schemas.Reading;

/// <summary>Names that can be used as they are written.</summary>
internal static class NameCheck
{
    private static readonly string[] SystemColumns = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

    /// <summary>Of a table or a type.</summary>
    public static bool OfObject(string name, Place place, Mistakes mistakes)
    {
        if (!Of(name, place, mistakes)) return false;
        if (!name.Contains('.')) return true;
        mistakes.Add("KU-2104", place, $"'{name}' has a dot.", "Write the name without a schema: it is that of the target.");
        return false;
    }

    public static bool OfColumn(string name, Place place, Mistakes mistakes)
    {
        if (!Of(name, place, mistakes)) return false;
        if (!SystemColumns.Contains(name)) return true;
        mistakes.Add("KU-2104", place, $"every table of PostgreSQL has a column {name} of its own.", "Choose another name.");
        return false;
    }

    public static bool Of(string name, Place place, Mistakes mistakes)
    {
        if (Fault(name) is not { } fault) return true;
        mistakes.Add("KU-2104", place, $"the name '{Printable.Beginning(name, 80)}' {fault}.",
            $"Choose a name of 1 to {PostgresName.MaxBytes} bytes, without control characters.");
        return false;
    }

    private static string? Fault(string name) =>
        name.Length == 0 ? "is empty"
        : !PostgresName.IsText(name) ? "has half of a character"
        : name.Any(char.IsControl) ? "has a control character"
        : Encoding.UTF8.GetByteCount(name) is var bytes and > PostgresName.MaxBytes
            ? $"has {bytes} bytes, of which PostgreSQL would keep {PostgresName.MaxBytes}"
        : name != name.Trim() ? "begins or ends with a space" : null;

    public static bool IsSql(string? text, string what, Place place, Mistakes mistakes)
    {
        if (text is null || SqlText.Fault(text) is not { } fault) return true;
        mistakes.Add("KU-2105", place, $"{what} {fault}: {Printable.Beginning(text, 80)}",
            "Write one whole piece of SQL, without ';' and comments, and with quotes and parentheses that end.");
        return false;
    }

    /// <summary>
    /// Finds what has a name that something else has at the same time. A rename frees the name at once, an end only after the version's
    /// module: what begins with the name at the version at which the other ends is a mistake too, unless the other is renamed.
    /// </summary>
    /// <param name="isRenamed">Whether the item is renamed at its end.</param>
    /// <returns>The second ones.</returns>
    public static IReadOnlyList<TItem> Twice<TItem>(
        IEnumerable<TItem> items, Func<TItem, string> name, Func<TItem, bool> isRenamed, string what, Mistakes mistakes) where TItem : Item
    {
        List<TItem> second = [];
        foreach (var same in items.GroupBy(name).Where(same => same.Count() > 1))
        {
            var ordered = same.OrderBy(item => item.Life.Since).ToList();
            foreach (var (before, after) in ordered.Zip(ordered.Skip(1)))
            {
                if (before.Life.Overlaps(after.Life))
                    mistakes.Add("KU-2106", after.Place,
                        $"this {what} is declared twice{Elsewhere(before, after)}: since {before.Life.Since}"
                        + $"{(before.Life.Till is { } till ? $" till {till}" : "")}, and since {after.Life.Since}.",
                        "Remove one of them, or let the earlier one end before the other begins.");
                else if (before.Life.Till == after.Life.Since && !isRenamed(before))
                    mistakes.Add("KU-2106", after.Place, $"one {what} of this name ends at {after.Life.Since}, and another begins: "
                        + "what ends is removed last, after what begins was made.",
                        "Let it begin at a later version, choose another name, or, if it is the same, declare it once, with its changes.");
                else continue;
                second.Add(after);
            }
        }
        return second;
    }

    private static string Elsewhere(Item before, Item after) =>
        before.Place.In == after.Place.In ? "" : $" (also in {before.Place.In.ClassName})";
}
