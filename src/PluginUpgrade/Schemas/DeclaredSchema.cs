namespace PluginUpgrade.Schemas;

/// <summary>What a declaration class said when it was asked.</summary>
/// <param name="ClassName">With its namespace.</param>
/// <param name="File">The assembly's path.</param>
/// <param name="Builder">What its <see cref="ISchemaDeclaration.Declare"/> collected.</param>
public sealed record DeclaredSchema(string ClassName, string File, SchemaBuilder Builder)
{
    public string Component { get; init; } = "";

    public bool Installation { get; init; }

    public bool Instances { get; init; } = true;

    public bool Complete { get; init; }

    /// <summary>As written in <see cref="SchemaDeclarationAttribute.Current"/>.</summary>
    public string Current { get; init; } = "";

    /// <summary>The class's name without its namespace.</summary>
    public string ShortName => ClassName[(ClassName.LastIndexOf('.') + 1)..];

    internal bool AppliesTo(Scope scope) => scope == Scope.Installation ? Installation : Instances;

    /// <summary>Asks a declaration.</summary>
    public static DeclaredSchema Of(string className, string file, Action<SchemaBuilder> declare)
    {
        var builder = new SchemaBuilder();
        declare(builder);
        return new DeclaredSchema(className, file, builder);
    }
}
