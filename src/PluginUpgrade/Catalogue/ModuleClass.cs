using System.Reflection;
using PluginUpgrade.Catalogue.Signatures;

namespace PluginUpgrade.Catalogue;

/// <summary>A class that is a module, or was meant to be one.</summary>
internal sealed class ModuleClass
{
    private readonly TypeAt _type;
    private readonly ModuleDeclaration? _declaration;
    private readonly bool _implements;
    private readonly bool _isSideBySide;
    private readonly List<Ancestor> _ancestors;
    private readonly Dictionary<ModuleMethod, ModuleMethodState> _methods;

    private ModuleClass(TypeAt type, List<Ancestor> ancestors, ModuleDeclaration? declaration, bool implements)
    {
        (_type, _ancestors, _declaration, _implements) = (type, ancestors, declaration, implements);
        _isSideBySide = ancestors.Any(ancestor => ancestor.ListsSideBySide);
        _methods = ModuleMethod.Of(_isSideBySide).ToDictionary(method => method, method => method.StateIn(ancestors));
    }

    public static ModuleClass? Find(TypeAt type, PrivateAssemblies assemblies)
    {
        var attributes = type.Definition.Attributes;
        if ((attributes & TypeAttributes.Interface) != 0) return null;
        var declaration = ModuleAttributeReader.Read(type);
        // An abstract class is a base class, unless its attribute says that it is a module.
        if (declaration is null && (attributes & TypeAttributes.Abstract) != 0) return null;
        var ancestors = Ancestry.Of(type, assemblies);
        var implements = false;
        foreach (var ancestor in ancestors) implements |= ancestor.ListsContract;
        return implements || declaration is not null ? new ModuleClass(type, ancestors, declaration, implements) : null;
    }

    /// <summary>The name as reflection spells it.</summary>
    public string FullName => Shape.FullName;

    private ClassShape Shape => new(_type);

    /// <summary>The module, and all its problems; null where its version is unknown.</summary>
    public UpgradeModule? Read(string file, string sha256, List<CatalogueProblem> problems)
    {
        var (type, name) = (FullName, Shape.Name);
        if (Version(file, type, name, problems) is not { } version)
        {
            foreach (var problem in ShapeProblems(file, type)) problems.Add(new CatalogueProblem(problem));
            return null;
        }
        var module = new UpgradeModule
        {
            Component = _declaration?.Component ?? "",
            Version = version,
            Name = name,
            TypeName = type,
            Description = _declaration?.Description ?? "",
            File = file,
            Sha256 = sha256,
            HasInstallationStep = Overrides(ModuleMethod.PerInstallation),
            HasInstanceStep = Overrides(ModuleMethod.PerInstance),
            Transactional = _declaration?.Transactional ?? true,
            Repeatable = _declaration?.Repeatable ?? false,
            Irreversible = _declaration?.Irreversible ?? false,
            VerifiesInstallation = Overrides(ModuleMethod.VerifyInstallation),
            VerifiesInstance = Overrides(ModuleMethod.VerifyInstance),
            ChecksInstallation = Overrides(ModuleMethod.CheckInstallation),
            ChecksInstance = Overrides(ModuleMethod.CheckInstance),
            BuildsBeside = _isSideBySide,
            Drains = Overrides(ModuleMethod.Drain),
            CatchesUp = Overrides(ModuleMethod.CatchUp) && !HasEmptyCatchUp,
            Carries = CarriedTables.Read(_ancestors, table => problems.Add(
                new CatalogueProblem(ModuleProblem.BadCarried(file, type, table), _declaration?.Component ?? "", version))),
            Requirements = RequirementReader.Read(_ancestors, version, fault => problems.Add(
                new CatalogueProblem(ModuleProblem.BadRequirement(file, type, fault), _declaration?.Component ?? "", version))),
        };
        if (!Enum.GetValues<Scope>().All(scope => !module.HasStepFor(scope) || module.CanGoOn(scope)))
            problems.Add(new CatalogueProblem(ModuleProblem.CannotGoOn(file, type), module.Component, version));
        foreach (var problem in ShapeProblems(file, type).Concat(SideBySideProblems(file, module)))
            problems.Add(new CatalogueProblem(problem, module.Component, version));
        return module;
    }

    private UpgradeVersion? Version(string file, string type, string name, List<CatalogueProblem> problems)
    {
        var named = UpgradeVersion.TryParse(name, out var ofName);
        if (_declaration is null)
        {
            if (named) return AboveZero(file, type, ofName, problems);
            problems.Add(new CatalogueProblem(ModuleProblem.NoVersion(file, type)));
            return null;
        }
        if (!UpgradeVersion.TryParse(_declaration.Version, out var declared))
        {
            problems.Add(new CatalogueProblem(ModuleProblem.BadVersion(file, type, _declaration.Version)));
            return null;
        }
        // It is unknown which version is meant, so the problem affects every run.
        if (named && ofName != declared) problems.Add(new CatalogueProblem(ModuleProblem.ClassNameDisagrees(file, type, declared)));
        return AboveZero(file, type, declared, problems);
    }

    /// <summary>Every target is at version 0 or newer, so a module of version 0 would be skipped silently.</summary>
    private static UpgradeVersion? AboveZero(string file, string type, UpgradeVersion version, List<CatalogueProblem> problems)
    {
        if (version > UpgradeVersion.Zero) return version;
        problems.Add(new CatalogueProblem(ModuleProblem.VersionZero(file, type)));
        return null;
    }

    private IEnumerable<Problem> ShapeProblems(string file, string type)
    {
        if (!_implements)
        {
            yield return ModuleProblem.NotTheContract(file, type);
            yield break;
        }
        if (Shape.Unconstructible() is { } why) yield return ModuleProblem.NotConstructible(file, type, why);
        else if (!Shape.HasConstructor()) yield return ModuleProblem.NoConstructor(file, type);

        foreach (var (method, state) in _methods)
            if (state == ModuleMethodState.Missed || method == ModuleMethod.Build && state == ModuleMethodState.Absent)
                yield return ModuleProblem.MethodMissed(file, type, method);
        if (!_isSideBySide && _methods[ModuleMethod.PerInstallation] == ModuleMethodState.Absent
            && _methods[ModuleMethod.PerInstance] == ModuleMethodState.Absent)
            yield return ModuleProblem.OverridesNothing(file, type);
    }

    private IEnumerable<Problem> SideBySideProblems(string file, UpgradeModule module)
    {
        if (!module.BuildsBeside && module.Carries.Count > 0)
            yield return ModuleProblem.CarriesWithoutBuild(file, module.TypeName, module.Carries);
        if (module is { BuildsBeside: true, HasInstanceStep: true }) yield return ModuleProblem.TwoInstanceSteps(file, module.TypeName);
        if (module.BuildsBeside && HasEmptyCatchUp)
            yield return ModuleProblem.EmptyCatchUp(file, module.TypeName);
    }

    /// <summary>Nothing that is written during the build would be transferred, so it counts as not overridden: writers wait.</summary>
    private bool HasEmptyCatchUp => Overrides(ModuleMethod.CatchUp)
        && ModuleMethod.CatchUp.ImplementationIn(_ancestors) is { } method && EmptyMethod.Is(method);

    private bool Overrides(ModuleMethod method) => _methods.GetValueOrDefault(method) == ModuleMethodState.Overridden;
}
