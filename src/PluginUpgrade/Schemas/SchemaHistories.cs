namespace PluginUpgrade.Schemas;

public static class SchemaHistories
{
    public static (IReadOnlyList<SchemaHistory> Histories, IReadOnlyList<SchemaMistake> Mistakes) Of(
        IReadOnlyList<DeclaredSchema> declarations) => ([], []);
}
