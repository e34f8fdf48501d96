namespace PluginUpgrade.Schemas.Changes;

/// <summary>A table as a change meets it.</summary>
/// <param name="Name">Its name at that moment.</param>
/// <param name="Before">Its name before this version; null: this version creates it.</param>
public readonly record struct TableName(string Name, string? Before)
{
    /// <summary>The table in SQL.</summary>
    /// <param name="schema">Quoted.</param>
    public string In(string schema) => SqlName.In(schema, Name);

    public override string ToString() => Name;
}

/// <summary>A change of a table, its columns, constraints or indexes.</summary>
public abstract record TableChange(TableName On) : SchemaChange
{
    public sealed override string? Table => On.Before;
}
