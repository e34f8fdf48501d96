using System.Reflection;
using PluginUpgrade.Catalogue.Signatures;

namespace PluginUpgrade.Catalogue.Declarations;

/// <summary>A class that declares a schema, or was meant to.</summary>
internal sealed class DeclarationClass
{
    private readonly ClassShape _shape;
    private readonly List<Ancestor> _ancestors;
    private readonly bool _implements;
    private readonly DeclarationAttribute? _attribute;

    private DeclarationClass(TypeAt type, List<Ancestor> ancestors, DeclarationAttribute? attribute)
    {
        (_shape, _ancestors, _attribute) = (new ClassShape(type), ancestors, attribute);
        _implements = ancestors.Any(ancestor => ancestor.ListsDeclaration);
    }

    /// <summary>The name as reflection spells it.</summary>
    public string FullName => _shape.FullName;

    public static DeclarationClass? Find(TypeAt type, PrivateAssemblies assemblies)
    {
        var attributes = type.Definition.Attributes;
        if ((attributes & TypeAttributes.Interface) != 0) return null;
        var attribute = DeclarationAttribute.Read(type);
        // An abstract class is a base class, unless its attribute says that it is a declaration.
        if (attribute is null && (attributes & TypeAttributes.Abstract) != 0) return null;
        var found = new DeclarationClass(type, Ancestry.Of(type, assemblies), attribute);
        return found._implements || attribute is not null ? found : null;
    }

    /// <summary>The declaration; null where it has a problem. Its problems affect every run: its versions are unknown.</summary>
    public SchemaDeclarationClass? Read(string file, string sha256, List<CatalogueProblem> problems)
    {
        var attribute = _attribute ?? new DeclarationAttribute();
        var declaration = new SchemaDeclarationClass
        {
            TypeName = FullName,
            Name = _shape.Name,
            File = file,
            Sha256 = sha256,
            Component = attribute.Component,
            Installation = attribute.Installation,
            Instances = attribute.Instances,
            Complete = attribute.Complete,
            Current = attribute.Current,
            BootstrapsInstallation = Overrides(ModuleMethod.BootstrapInstallation),
            BootstrapsInstance = Overrides(ModuleMethod.BootstrapInstance),
        };
        var found = Problems(declaration).ToList();
        foreach (var problem in found) problems.Add(new CatalogueProblem(problem));
        return found.Count == 0 ? declaration : null;
    }

    private IEnumerable<Problem> Problems(SchemaDeclarationClass declaration)
    {
        if (!_implements)
        {
            yield return DeclarationProblem.NotTheContract(declaration);
            yield break;
        }
        if (_shape.Unconstructible() is { } why) yield return DeclarationProblem.NotConstructible(declaration, why);
        else if (!_shape.HasConstructor()) yield return DeclarationProblem.NoConstructor(declaration);
        if (declaration is { Installation: false, Instances: false }) yield return DeclarationProblem.AppliesToNothing(declaration);
        var isVersion = UpgradeVersion.TryParse(declaration.Current, out var current) && current > UpgradeVersion.Zero;
        if (declaration.Current.Length > 0 && !isVersion)
            yield return DeclarationProblem.BadCurrent(declaration);
        foreach (var problem in BootstrapProblems(declaration)) yield return problem;
    }

    /// <summary>A method that is written, and that nobody calls, is a mistake: rows are missing in every new instance.</summary>
    private IEnumerable<Problem> BootstrapProblems(SchemaDeclarationClass declaration)
    {
        // A method that fits neither overload is one problem, not two.
        ModuleMethod[] overloads = [ModuleMethod.BootstrapInstance, ModuleMethod.BootstrapInstallation];
        if (overloads.FirstOrDefault(method => method.StateIn(_ancestors) == ModuleMethodState.Missed) is { } missed)
            yield return ModuleProblem.MethodMissed(declaration.File, declaration.TypeName, missed);
        foreach (var scope in Enum.GetValues<Scope>())
            if (declaration.Bootstraps(scope) && !(declaration.Complete && declaration.AppliesTo(scope)))
                yield return DeclarationProblem.BootstrapNotCalled(declaration, scope);
    }

    private bool Overrides(ModuleMethod method) => method.StateIn(_ancestors) == ModuleMethodState.Overridden;
}
