using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using PluginUpgrade.Tests.Catalogue;

namespace PluginUpgrade.Tests.Loading;

public sealed class LoadingModules : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void K1_makes_one_object_for_each_that_implements_the_contract()
    {
        _folder.PutProject("Shapes");
        _folder.PutProject("Turbo");
        _folder.PutLone(new("V9_001"));
        _folder.PutFolder(new("V9_002") { Namespace = "Cms", PerInstance = "SELECT 1", PerInstallation = "SELECT 1" });
        var modules = _folder.Scan().Modules.Where(module => module.HasInstallationStep || module.HasInstanceStep).ToList();

        var loaded = _folder.Load(modules);

        Assert.Empty(loaded.Problems);
        Assert.Equal(13, modules.Count);
        foreach (var module in modules)
        {
            IUpgradeModule made = loaded[module];
            Assert.Equal(module.TypeName, made.GetType().FullName);
            Assert.Same(made, loaded[module]);
        }
    }

    [Fact]
    public void K10_takes_two_add_ons_with_equal_class_names_and_different_versions_of_a_package()
    {
        _folder.PutProject("Turbo");
        _folder.PutProject("Nitro");
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);

        var loaded = _folder.Load(catalogue.Modules);

        Assert.Empty(loaded.Problems);
        Assert.Equal(["Nitro with 13", "Turbo with 12"], catalogue.Modules.Select(module => loaded[module].ToString()));
        Assert.Equal("AddOn.V1_001", Assert.Single(catalogue.Modules.Select(module => module.TypeName).Distinct()));
    }

    [Fact]
    public void Loads_no_module_that_was_not_asked_for()
    {
        _folder.PutLone(new("V9_103"));
        _folder.PutLone(new("V9_104"));
        _folder.PutLone(new("V9_105"));

        _folder.Load(_folder.Scan().Modules.Where(module => module.Name == "V9_104"));

        var loaded = AssemblyLoadContext.All.Select(context => context.Name ?? "");
        Assert.Equal(["V9_104"], loaded.Where(name => name.StartsWith("V9_10", StringComparison.Ordinal)));
    }

    [Fact]
    public void Loads_modules_of_one_file_together()
    {
        _folder.Put("two.dll", ModuleAssembly.Of("two", new ModuleSource("V1_001"), new ModuleSource("V1_002")));
        var modules = _folder.Scan().Modules;
        var loaded = _folder.Load(modules);
        Assert.Same(loaded[modules[0]].GetType().Assembly, loaded[modules[1]].GetType().Assembly);
    }

    [Fact]
    public void Tells_all_that_fail_and_why_and_makes_the_others()
    {
        _folder.PutLone(new("V1_001") { Constructor = Throwing("the disk is\nfull") });
        _folder.PutLone(new("V1_002") { StaticConstructor = Throwing("no such setting") });
        _folder.PutLone(new("V1_003"));

        var modules = _folder.Scan().Modules;
        var loaded = _folder.Load(modules);

        Assert.Equal(["KU-2023", "KU-2023"], loaded.Problems.Select(found => found.Problem.Code));
        Assert.Equal(
            ["The constructor of V1_001 failed. InvalidOperationException: the disk is full",
            "The constructor of V1_002 failed. InvalidOperationException: no such setting"],
            loaded.Problems.Select(found => found.Problem.Message));
        Assert.Equal(modules[0].Version, loaded.Problems[0].Version);
        Assert.NotNull(loaded[modules[2]]);
        Assert.Throws<KeyNotFoundException>(() => loaded[modules[0]]);
    }

    [Fact]
    public void Refuses_a_file_that_is_not_the_one_that_was_read()
    {
        var file = _folder.PutLone(new("V1_001"));
        var modules = _folder.Scan().Modules;
        File.WriteAllBytes(file, ModuleAssembly.Of(new ModuleSource("V1_001") { PerInstallation = "" }));
        Assert.Equal("KU-2021", Assert.Single(_folder.Load(modules).Problems).Problem.Code);

        File.Delete(file);
        Assert.Equal("KU-2022", Assert.Single(_folder.Load(modules).Problems).Problem.Code);
    }

    [Fact]
    public void Takes_a_changed_file_from_the_same_path_as_new()
    {
        _folder.PutLone(new("V1_001"));
        Assert.Empty(_folder.Load(_folder.Scan().Modules).Problems);
        _folder.PutLone(new("V1_001") { Namespace = "Changed" });

        var module = Assert.Single(_folder.Scan().Modules);

        Assert.Equal("Changed.V1_001", _folder.Load([module])[module].GetType().FullName);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Finds_out_now_that_a_dependency_lacks_what_a_hook_calls(bool hasType)
    {
        var call = Assembly.Load(Library("It", "Help")).GetType("It")!.GetMethod("Help")!;
        _folder.PutFolder(new("V1_001") { PerInstance = null, More = type => DefineHook(type, il => il.Emit(OpCodes.Call, call)) });
        _folder.Put("V1_001/Library.dll", Library("It", "Help"));
        var modules = _folder.Scan().Modules;
        Assert.Empty(_folder.Load(modules).Problems);

        _folder.Put("V1_001/Library.dll", hasType ? Library("It", "Helped") : Library("That", "Help"));

        Assert.Equal("KU-2021", Assert.Single(_folder.Load(modules).Problems).Problem.Code);
        var found = Assert.Single(_folder.Load(_folder.Scan().Modules).Problems);
        Assert.Equal("KU-2022", found.Problem.Code);
        Assert.Contains(hasType ? "MissingMethodException" : "TypeLoadException", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shares_the_contract_with_the_host_even_where_the_module_brings_its_own()
    {
        _folder.PutFolder(new("V1_001"));
        foreach (var name in (string[])["PluginUpgrade.Sdk.dll", "Npgsql.dll"])
            File.Copy(Path.Combine(AppContext.BaseDirectory, name), _folder.PathOf($"V1_001/{name}"));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Empty(_folder.Load(catalogue.Modules).Problems);
    }

    [Fact]
    public void Gives_a_module_the_package_that_it_brings_and_not_the_hosts()
    {
        _folder.PutFolder(new("V1_001") { More = type => type.DefineField("log", typeof(Serilog.ILogger), FieldAttributes.Public) });
        File.Copy(typeof(Serilog.ILogger).Assembly.Location, _folder.PathOf("V1_001/Serilog.dll"));
        var module = Assert.Single(_folder.Scan().Modules);

        var field = _folder.Load([module])[module].GetType().GetField("log")!;

        Assert.Equal(typeof(Serilog.ILogger).FullName, field.FieldType.FullName);
        Assert.NotEqual(typeof(Serilog.ILogger), field.FieldType);
    }

    /// <summary>Metadata do not tell what is asked for by name at run time; the answer is the same.</summary>
    [Fact]
    public void Never_hands_a_module_what_the_host_uses_for_itself()
    {
        _folder.PutFolder(new("V1_001")
        {
            Constructor = il =>
            {
                il.Emit(OpCodes.Ldstr, "Serilog.Log, Serilog");
                il.Emit(OpCodes.Ldc_I4_1);
                il.Emit(OpCodes.Call, typeof(Type).GetMethod(nameof(Type.GetType), [typeof(string), typeof(bool)])!);
                il.Emit(OpCodes.Pop);
            },
        });

        var found = Assert.Single(_folder.Load(_folder.Scan().Modules).Problems);

        Assert.Matches("TypeLoadException: .*'Serilog.Log'", found.Problem.Message);
    }

    [Fact]
    public void Finds_native_libraries_in_the_modules_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There .NET has no native library under a name of its own to copy.");
        _folder.PutFolder(new("V1_001") { More = CallNative("krangnative", "SystemNative_GetPid") });
        var modules = _folder.Scan().Modules;
        var thrown = Assert.Throws<TargetInvocationException>(() => Call(_folder.Load(modules)[modules[0]]));
        Assert.IsType<DllNotFoundException>(thrown.InnerException);

        var library = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.*").Single();
        File.Copy(library, _folder.PathOf("V1_001/libkrangnative" + Path.GetExtension(library)));

        Assert.Equal(Environment.ProcessId, Call(_folder.Load(modules)[modules[0]]));

        static object? Call(IUpgradeModule module) => module.GetType().GetMethod("SystemNative_GetPid")!.Invoke(module, []);
    }

    private static Action<TypeBuilder> CallNative(string library, string function) => type =>
    {
        const MethodAttributes attributes = MethodAttributes.Public | MethodAttributes.Static | MethodAttributes.PinvokeImpl;
        type.DefinePInvokeMethod(function, library, attributes, CallingConventions.Standard, typeof(int), [],
            CallingConvention.Cdecl, CharSet.Ansi).SetImplementationFlags(MethodImplAttributes.PreserveSig);
    };

    private static Action<ILGenerator> Throwing(string message) => il =>
    {
        il.Emit(OpCodes.Ldstr, message);
        il.Emit(OpCodes.Newobj, typeof(InvalidOperationException).GetConstructor([typeof(string)])!);
        il.Emit(OpCodes.Throw);
    };

    private static byte[] Library(string type, string method) => ModuleAssembly.Of("Library", new ModuleSource(type)
    {
        ImplementsContract = false,
        PerInstance = null,
        More = builder => builder
            .DefineMethod(method, MethodAttributes.Public | MethodAttributes.Static).GetILGenerator().Emit(OpCodes.Ret),
    });

    private static void DefineHook(TypeBuilder type, Action<ILGenerator> code)
    {
        const MethodAttributes attributes = MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.NewSlot;
        var il = type.DefineMethod(nameof(IUpgradeModule.PerInstance), attributes, typeof(Task),
            [typeof(InstanceContext), typeof(CancellationToken)]).GetILGenerator();
        code(il);
        il.Emit(OpCodes.Ldnull);
        il.Emit(OpCodes.Ret);
    }
}
