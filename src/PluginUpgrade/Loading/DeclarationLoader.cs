using System.Reflection;
using System.Runtime.CompilerServices;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Catalogue.Declarations;

namespace PluginUpgrade.Loading;

/// <summary>What a class has declared.</summary>
/// <param name="Schema">
/// A copy, made when <see cref="ISchemaDeclaration.Declare"/> returned: what the class does to its own builder afterwards changes nothing.
/// </param>
/// <param name="Declaration">For <c>Bootstrap</c>.</param>
public sealed record LoadedDeclaration(SchemaDeclarationClass Class, SchemaBuilder Schema, ISchemaDeclaration Declaration);

/// <summary>All declarations, in the order in which they were given, and the problems of those that are missing.</summary>
public sealed class LoadedDeclarations : IDisposable
{
    internal CopyDirectory? Copies { get; init; }

    public IReadOnlyList<LoadedDeclaration> All { get; internal init; } = [];

    /// <summary>Empty where every class has declared its schema. Each affects every run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems { get; internal init; } = [];

    /// <summary>Removes the copies. The declarations can then load no further files.</summary>
    public void Dispose() => Copies?.Dispose();
}

/// <summary>Loads the given classes, and lets each declare its schema.</summary>
public static class DeclarationLoader
{
    /// <param name="limit">The limit for the classes of one file; null: <see cref="ModuleLoader.Limit"/>.</param>
    public static LoadedDeclarations Load(
        IReadOnlyList<SchemaDeclarationClass> declarations, TimeSpan? limit = null, ModuleCopies? copies = null)
    {
        var loader = new Loader();
        var directory = loader.Load(declarations, limit, copies);
        return new LoadedDeclarations
        {
            Copies = directory,
            All = [.. declarations.Distinct().Select(one => loader.Made.GetValueOrDefault(one)).OfType<LoadedDeclaration>()],
            Problems = loader.Found,
        };
    }

    private sealed class Loader : CodeLoader<SchemaDeclarationClass, LoadedDeclaration>
    {
        protected override CodeOrigin OriginOf(SchemaDeclarationClass one) =>
            new(one.File, one.Sha256, one.Folder, one.OwnsFolder, one.Dependencies);

        protected override Problem Unloadable(SchemaDeclarationClass one, Exception e) => DeclarationProblem.Unloadable(one, e);

        protected override Problem Hangs(SchemaDeclarationClass one, TimeSpan limit) => DeclarationProblem.Hangs(one, limit);

        protected override CatalogueProblem Concerning(SchemaDeclarationClass one, Problem problem) => new(problem);

        protected override (LoadedDeclaration? Made, Problem? Problem) Make(SchemaDeclarationClass one, Assembly assembly)
        {
            if (TypeIn(assembly, one.TypeName, typeof(ISchemaDeclaration), one, out var problem) is not { } type) return (null, problem);
            if (IsAsynchronous(type)) return (null, DeclarationProblem.DeclareWaits(one));
            ISchemaDeclaration declaration;
            try
            {
                declaration = ModuleCode.Run(assembly, () => (ISchemaDeclaration)Activator.CreateInstance(type)!);
            }
            catch (Exception e)
            {
                return (null, DeclarationProblem.ConstructorThrew(one, Thrown(e), SourceLine.Of(Thrown(e), one.File)));
            }
            try
            {
                return (new LoadedDeclaration(one, ModuleCode.Run(assembly, () => Declared(declaration)), declaration), null);
            }
            catch (Exception e)
            {
                return (null, DeclarationProblem.DeclareThrew(one, Thrown(e), SourceLine.Of(Thrown(e), one.File)));
            }
        }

        private static SchemaBuilder Declared(ISchemaDeclaration declaration)
        {
            var schema = new SchemaBuilder();
            declaration.Declare(schema);
            return DeclarationCopy.Of(schema);
        }

        /// <summary>The compiler accepts <c>async void Declare</c>.</summary>
        private static bool IsAsynchronous(Type type) => type.GetInterfaceMap(typeof(ISchemaDeclaration)) is var map
            && map.TargetMethods[Array.FindIndex(map.InterfaceMethods, method => method.Name == nameof(ISchemaDeclaration.Declare))]
                .IsDefined(typeof(AsyncStateMachineAttribute), inherit: false);
    }
}
