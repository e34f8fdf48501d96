using System.Reflection.Emit;
using System.Runtime.Versioning;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Somebody else could put a module of theirs in place of ours, and so run code with our rights.</summary>
[SupportedOSPlatform("linux")]
public sealed class AnInsecureDropFolder : IDisposable
{
    private const UnixFileMode Safe = (UnixFileMode)0b111_101_101;
    private const UnixFileMode GroupToo = (UnixFileMode)0b111_111_101;
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private const uint Stranger = 65534;

    private readonly TemporaryDropFolder _outer = new();
    private readonly string _folder;

    public AnInsecureDropFolder()
    {
        File.SetUnixFileMode(_outer.Path, Safe);
        _folder = Directory.CreateDirectory(_outer.PathOf("above/upgrade")).FullName;
        _outer.Put("above/upgrade/V1_001.dll", ModuleAssembly.Of(new ModuleSource("V1_001")));
        _outer.Put("above/upgrade/V1_002/V1_002.dll", ModuleAssembly.Of(new ModuleSource("V1_002")));
        _outer.Put("above/upgrade/V1_002/de/V1_002.resources.dll", [1]);
    }

    public void Dispose() => _outer.Dispose();

    [Fact]
    public void Is_none_where_only_root_and_we_may_write() => Assert.Empty(Insecure());

    [Theory]
    [InlineData("above")]
    [InlineData("above/upgrade")]
    [InlineData("above/upgrade/V1_001.dll")]
    [InlineData("above/upgrade/V1_002")]
    [InlineData("above/upgrade/V1_002/V1_002.dll")]
    [InlineData("above/upgrade/V1_002/de")]
    [InlineData("above/upgrade/V1_002/de/V1_002.resources.dll")]
    public void Is_one_where_any_of_it_can_be_written_to_or_belongs_to_another_user(string name)
    {
        File.SetUnixFileMode(_outer.PathOf(name), Everybody);
        Assert.Equal([_outer.PathOf(name)], Insecure());

        File.SetUnixFileMode(_outer.PathOf(name), Safe);
        Assert.SkipUnless(Libc.IsRoot, "Only root can give files away.");
        LinkFree.SetOwner(_outer.PathOf(name), Stranger, 0);
        Assert.Equal([_outer.PathOf(name)], Insecure());
    }

    [Fact]
    public void Takes_a_group_for_the_owners_own_where_it_has_the_owners_number()
    {
        File.SetUnixFileMode(_folder, GroupToo);
        Assert.SkipUnless(Libc.IsRoot, "Only root can give files away.");
        Assert.Empty(Insecure());
        LinkFree.SetOwner(_folder, 0, Stranger);
        Assert.Equal([_folder], Insecure());
    }

    [Fact]
    public void May_lie_below_a_sticky_directory_and_not_be_one()
    {
        File.SetUnixFileMode(_outer.PathOf("above"), Everybody | UnixFileMode.StickyBit);
        Assert.Empty(Insecure());
        File.SetUnixFileMode(_folder, Everybody | UnixFileMode.StickyBit);
        Assert.Equal([_folder], Insecure());
    }

    [Fact]
    public void Is_held_to_the_same_where_links_lead()
    {
        var store = Directory.CreateDirectory(_outer.PathOf("store")).FullName;
        File.Move(Path.Combine(_folder, "V1_001.dll"), Path.Combine(store, "abc"));
        File.CreateSymbolicLink(Path.Combine(_folder, "V1_001.dll"), "../../store/abc");
        Assert.Empty(Insecure());
        File.SetUnixFileMode(store, Everybody);
        Assert.Equal([store], Insecure());
    }

    [Fact]
    public void Is_told_with_all_that_is_found_and_may_be_accepted()
    {
        File.SetUnixFileMode(_outer.PathOf("above"), Everybody);
        File.SetUnixFileMode(Path.Combine(_folder, "V1_001.dll"), Everybody);
        var found = Assert.Single(ModuleCatalogue.Scan(_folder).Problems, problem => problem.IsOfSecurity);
        Assert.Equal(("KU-2025", Severity.Error), (found.Problem.Code, found.Problem.Severity));
        Assert.Null(found.Version);
        Assert.Equal($"{_outer.PathOf("above")}, {Path.Combine(_folder, "V1_001.dll")}", found.Problem.Subject);

        var accepted = ModuleCatalogue.Scan(_folder, allowInsecure: true);
        Assert.Equal(Severity.Warning, Assert.Single(accepted.Problems, problem => problem.IsOfSecurity).Problem.Severity);
        Assert.Equal(2, accepted.Modules.Count);
    }

    [Fact]
    public void Is_one_where_dependencies_could_be_put_beside_a_module_named_by_its_path()
    {
        var shared = Directory.CreateDirectory(_outer.PathOf("shared")).FullName;
        var file = Path.Combine(shared, "V1_001.dll");
        File.Copy(Path.Combine(_folder, "V1_001.dll"), file);
        File.SetUnixFileMode(shared, Everybody | UnixFileMode.StickyBit);
        Assert.Equal(shared, Assert.Single(ModuleCatalogue.ScanPath(file).Problems, problem => problem.IsOfSecurity).Problem.Subject);
    }

    [Fact]
    public void Loads_no_dependency_whose_bytes_are_not_those_that_were_hashed()
    {
        var name = "Serilog.dll";
        _outer.Put("above/upgrade/V1_003/V1_003.dll", ModuleAssembly.Of(new ModuleSource("V1_003")
        {
            PerInstance = null,
            More = type => DefineLate(type),
        }));
        var library = _outer.PathOf($"above/upgrade/V1_003/{name}");
        File.Copy(typeof(Serilog.ILogger).Assembly.Location, library);
        var module = ModuleCatalogue.Scan(_folder).Modules.Single(found => found.Name == "V1_003");
        Assert.Empty(module.Dependencies);

        // Nothing of the metadata refers to it: it is hashed and copied as the run begins, and loaded in its middle.
        var loaded = _outer.Load([module])[module];
        File.WriteAllText(library, "x");

        Assert.Null(loaded.PerInstance(null!, TestContext.Current.CancellationToken));
    }

    private string[] Insecure() =>
        [.. ModuleCatalogue.Scan(_folder).Problems.Where(found => found.IsOfSecurity).Select(found => found.Problem.Subject)];

    private static void DefineLate(TypeBuilder type)
    {
        const System.Reflection.MethodAttributes attributes = System.Reflection.MethodAttributes.Public
            | System.Reflection.MethodAttributes.Virtual | System.Reflection.MethodAttributes.NewSlot;
        var il = type.DefineMethod(nameof(IUpgradeModule.PerInstance), attributes, typeof(Task),
            [typeof(InstanceContext), typeof(CancellationToken)]).GetILGenerator();
        il.Emit(OpCodes.Ldstr, "Serilog.Log, Serilog");
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetType), [typeof(string), typeof(bool)])!);
        il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Ldnull);
        il.Emit(OpCodes.Ret);
    }
}
