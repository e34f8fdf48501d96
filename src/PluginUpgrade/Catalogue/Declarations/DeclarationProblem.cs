namespace PluginUpgrade.Catalogue.Declarations;

/// <summary>
/// Every problem that a class that declares a schema can have. Where a module can have the same one, the code is the same.
/// </summary>
internal static class DeclarationProblem
{
    private const string Attribute = "[SchemaDeclaration]";
    private const string Contract = nameof(ISchemaDeclaration);

    public static Problem NotTheContract(SchemaDeclarationClass declaration) => Create("KU-2010", declaration,
        $"{declaration.TypeName} is marked {Attribute} but does not implement {Contract}.", $"Implement {Contract} in it.");

    public static Problem NotConstructible(SchemaDeclarationClass declaration, string why) => Create("KU-2011", declaration,
        $"{declaration.TypeName} declares a schema, but it is {why}, so it cannot be constructed.",
        "Make it a public class that is neither abstract nor generic. A base class must be abstract, without the attribute.");

    public static Problem NoConstructor(SchemaDeclarationClass declaration) => Create("KU-2012", declaration,
        $"{declaration.TypeName} has no public constructor without parameters.", "Add one. A declaration must depend on nothing.");

    public static Problem WithModules(string file, IReadOnlyList<string> modules, IReadOnlyList<string> declarations) =>
        ModuleProblem.Create("KU-2060", file,
            $"It contains both modules ({Problem.Join(modules)}) and declared schemas ({Problem.Join(declarations)}). A declaration "
            + "changes with every release, and its modules would count as changed.",
            "Put the declarations into an assembly of their own.");

    public static Problem AppliesToNothing(SchemaDeclarationClass declaration) => Create("KU-2061", declaration,
        $"{declaration.TypeName} has {Attribute} with Instances = false and without Installation = true: it applies to nothing.",
        "Set one of them to true, or remove the class.");

    public static Problem BadCurrent(SchemaDeclarationClass declaration) => Create("KU-2062", declaration,
        $"{declaration.TypeName} has [SchemaDeclaration(Current = \"{declaration.Current}\")], which is not a version above 0.",
        "Write whole numbers with dots between them, such as 1.002.");

    public static Problem BootstrapNotCalled(SchemaDeclarationClass declaration, Scope scope) => Create("KU-2063", declaration,
        $"{declaration.TypeName}.Bootstrap for {(scope == Scope.Instance ? "an instance" : "the installation")} would never be called: "
        + $"{(declaration.AppliesTo(scope) ? "the declaration is not Complete" : $"the declaration does not apply to {Applied(scope)}")}.",
        declaration.AppliesTo(scope)
            ? "Declare Complete = true, if the schema holds nothing else; or remove the method, and fill new schemas in a module."
            : $"Declare {(scope == Scope.Instance ? "Instances" : "Installation")} = true, or remove the method.");

    private static string Applied(Scope scope) => scope == Scope.Instance ? "instances" : "the installation";

    public static Problem Duplicate(IReadOnlyList<SchemaDeclarationClass> same) => Create("KU-2064", same[0],
        $"{same[0].TypeName} is in {same.Count} files: {Problem.Join([.. same.Select(declaration => declaration.File)])}. "
        + "Everything in it would be declared more than once.",
        "Keep one of the files.");

    // Loading.

    public static Problem Unloadable(SchemaDeclarationClass declaration, Exception e) =>
        ModuleProblem.Unloadable(declaration.File, declaration.TypeName, e);

    public static Problem ConstructorThrew(SchemaDeclarationClass declaration, Exception e, string line) => Create("KU-2023", declaration,
        $"The constructor of {declaration.TypeName} failed. {ModuleProblem.Describe(e)}{line}",
        "Correct the declaration: its constructor should do no work.");

    public static Problem DeclareThrew(SchemaDeclarationClass declaration, Exception e, string line) => Create("KU-2065", declaration,
        $"{declaration.TypeName}.{nameof(ISchemaDeclaration.Declare)} failed. {ModuleProblem.Describe(e)}{line}",
        "Correct the declaration: it must only call the builder, and read nothing from outside.");

    public static Problem DeclareWaits(SchemaDeclarationClass declaration) => Create("KU-2066", declaration,
        $"{declaration.TypeName}.{nameof(ISchemaDeclaration.Declare)} is async: what it declares after it has returned would be lost.",
        "Remove 'async'. A declaration must not wait for anything.");

    public static Problem Hangs(SchemaDeclarationClass declaration, TimeSpan limit) => Create("KU-2026", declaration,
        $"{declaration.TypeName} was not loaded, constructed and asked for its schema within {limit.TotalSeconds:0.#} s.",
        "Correct the declaration: it must only call the builder.");

    private static Problem Create(string code, SchemaDeclarationClass declaration, string message, string remedy) =>
        ModuleProblem.Create(code, declaration.File, message, remedy);
}
