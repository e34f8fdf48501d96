namespace PluginUpgrade.Catalogue.Declarations;

/// <summary>The values of <see cref="SchemaDeclarationAttribute"/> on one class; without changes, those of a class without it.</summary>
internal sealed record DeclarationAttribute
{
    public string Component { get; init; } = "";

    public bool Installation { get; init; }

    public bool Instances { get; init; } = true;

    public bool Complete { get; init; }

    public string Current { get; init; } = "";

    /// <summary>Null where the class does not have the attribute.</summary>
    public static DeclarationAttribute? Read(TypeAt type)
    {
        foreach (var (_, value) in ModuleAttributeReader.SdkAttributes(type, nameof(SchemaDeclarationAttribute)))
        {
            var read = new DeclarationAttribute();
            foreach (var (name, text, flag) in ModuleAttributeReader.Properties(value)) read = read.With(name, text, flag);
            return read;
        }
        return null;
    }

    private DeclarationAttribute With(string name, string text, bool flag) => name switch
    {
        nameof(SchemaDeclarationAttribute.Component) => this with { Component = text },
        nameof(SchemaDeclarationAttribute.Installation) => this with { Installation = flag },
        nameof(SchemaDeclarationAttribute.Instances) => this with { Instances = flag },
        nameof(SchemaDeclarationAttribute.Complete) => this with { Complete = flag },
        nameof(SchemaDeclarationAttribute.Current) => this with { Current = text },
        _ => this,
    };
}
