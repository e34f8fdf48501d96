namespace PluginUpgrade.Schemas;

/// <summary>What a declared schema is at a version, as the changes that make it from nothing.</summary>
public static class Replay
{
    public static SchemaSlice At(SchemaHistory history, UpgradeVersion to) =>
        new(to, [.. history.Slices.Where(slice => slice.Version <= to).SelectMany(slice => slice.Changes)]);
}
