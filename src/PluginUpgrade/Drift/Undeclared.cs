using PluginUpgrade.Schemas.Changes;

namespace PluginUpgrade.Drift;

/// <summary>Tables that declared foreign keys refer to, and that are not declared themselves.</summary>
internal static class Undeclared
{
    /// <param name="changes">Everything from an empty schema on.</param>
    public static IReadOnlyList<string> Tables(IReadOnlyList<SchemaChange> changes)
    {
        var declared = changes.Select(change => change switch
        {
            CreateTable create => create.On.Name,
            RenameTable rename => rename.NewName,
            _ => null,
        }).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return [.. changes.OfType<AddForeignKey>().Select(change => change.Key.Table).Where(table => !declared.Contains(table)).Distinct()];
    }
}
