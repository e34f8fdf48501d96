using PluginUpgrade.Schemas.Changes;

namespace PluginUpgrade.Schemas;

/// <summary>
/// The schema at a version, made from an empty one: all slices in order, so that it equals an upgraded schema in the order of its columns
/// and in names that have survived renames.
/// </summary>
public static class Replay
{
    /// <summary>
    /// In one transaction: types have all their values from the beginning, because a transaction cannot use a value that it adds.
    /// </summary>
    /// <param name="version">The last one that is included.</param>
    public static IReadOnlyList<SchemaChange> To(SchemaHistory history, UpgradeVersion version)
    {
        var changes = history.Slices.Where(slice => slice.Version <= version).SelectMany(slice => slice.Changes).ToList();
        return
        [
            .. changes.Index().Where(one => one.Item is not AddValue)
                .Select(one => one.Item is CreateType type ? WithAllValues(type, changes.Skip(one.Index + 1)) : one.Item),
        ];
    }

    private static CreateType WithAllValues(CreateType type, IEnumerable<SchemaChange> later)
    {
        // Each value by the name with which it begins; that which it has at the moment decides where others are added.
        List<(string First, string Now)> values = [.. type.Values.Select(value => (value, value))];
        foreach (var change in later.TakeWhile(change => change is not DropType drop || drop.Name != type.Name))
            if (change is AddValue add && add.Enum == type.Name)
                values.Insert(
                    add.After is null ? values.Count : values.FindIndex(value => value.Now == add.After) + 1, (add.Value, add.Value));
            else if (change is RenameValue rename && rename.Enum == type.Name)
            {
                var at = values.FindIndex(value => value.Now == rename.Value);
                values[at] = values[at] with { Now = rename.NewName };
            }
        return type with { Values = [.. values.Select(value => value.First)] };
    }
}
