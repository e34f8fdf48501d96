using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>An event trigger of the database may switch row security on for every new table.</summary>
internal static class RowSecurity
{
    /// <summary>Statements that give tables the row security with which they were saved.</summary>
    public static IEnumerable<string> Corrections(Inventory saved, Inventory now)
    {
        foreach (var (name, was) in saved.Items)
        {
            if (!name.StartsWith("table ", StringComparison.Ordinal) || !now.Items.TryGetValue(name, out var item)) continue;
            var table = name["table ".Length..];
            if (IsOn(item) != IsOn(was)) yield return $"ALTER TABLE {table} {(IsOn(was) ? "ENABLE" : "DISABLE")} ROW LEVEL SECURITY";
            if (IsForced(item) != IsForced(was)) yield return $"ALTER TABLE {table} {(IsForced(was) ? "" : "NO ")}FORCE ROW LEVEL SECURITY";
        }
    }

    private static bool IsOn(InventoryItem item) => Words(item).Contains("row security");

    private static bool IsForced(InventoryItem item) => Words(item).Contains("row security forced");

    private static string[] Words(InventoryItem item) => item.State.Split(", ");
}
