using System.Runtime.InteropServices;
using System.Text.Json;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>What packages bring in folders for each platform is resolved when the copy is made, and no file leads elsewhere.</summary>
public sealed class PackagedDependencies : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public PackagedDependencies() => _folder.PutFolder(new("V1_001") { More = Probe.Define });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void F6_are_those_of_this_platform()
    {
        _folder.Put("V1_001/Late.dll", Probe.Library("Late", "General"));
        _folder.Put("V1_001/runtimes/unix/lib/net10.0/Late.dll", Probe.Library("Late", "OfUnix"));
        _folder.Put("V1_001/runtimes/win/lib/net10.0/Late.dll", Probe.Library("Late", "OfWindows"));
        _folder.Put("V1_001/runtimes/win-x64/native/krangnative.dll", [1]);
        Probe.CopyNative(Made($"runtimes/{RuntimeInformation.RuntimeIdentifier}/native"), "krangnative");
        Describe(
            ("runtimes/unix/lib/net10.0/Late.dll", "unix", "runtime"), ("runtimes/win/lib/net10.0/Late.dll", "win", "runtime"),
            ($"runtimes/{RuntimeInformation.RuntimeIdentifier}/native/libkrangnative.so", RuntimeInformation.RuntimeIdentifier, "native"),
            ("runtimes/win-x64/native/krangnative.dll", "win-x64", "native"));

        var loaded = Load();

        Assert.Equal(Environment.ProcessId, Probe.CallNative(loaded));
        Assert.NotNull(Probe.Ask(loaded, "OfUnix, Late"));
        Assert.Null(Probe.Ask(loaded, "General, Late"));
        Assert.DoesNotContain(Copied(loaded), path => path.Contains("win", StringComparison.Ordinal));
    }

    /// <summary>As one that only lies there; and one that a package has for some platforms and for no other.</summary>
    [Fact]
    public void F6_are_found_where_nothing_of_their_name_lies_beside_the_module()
    {
        _folder.Put("V1_001/V1_001.dll", ModuleAssembly.Of(new ModuleSource("V1_001")
        {
            More = type =>
            {
                Probe.Define(type);
                var late = System.Reflection.Assembly.Load(Probe.Library("Late")).GetType("Late")!;
                type.DefineField("late", late, System.Reflection.FieldAttributes.Public);
            },
        }));
        Assert.Equal("KU-2018", Assert.Single(_folder.Scan().Problems).Problem.Code);
        _folder.Put("V1_001/runtimes/unix/lib/net10.0/Late.dll", Probe.Library("Late"));
        Describe(("runtimes/unix/lib/net10.0/Late.dll", "unix", "runtime"));
        Assert.NotNull(Probe.Ask(Load(), "Late, Late"));
    }

    [Fact]
    public void F6_native_ones_are_found_without_a_manifest_too()
    {
        Probe.CopyNative(Made($"runtimes/{RuntimeInformation.RuntimeIdentifier}/native"), "krangnative");
        Assert.Equal(Environment.ProcessId, Probe.CallNative(Load()));
    }

    [Theory]
    [InlineData("krangnative")]
    [InlineData("libkrangnative")]
    [InlineData("krangnative.so")]
    [InlineData("libkrangnative.so")]
    public void F6_native_ones_are_found_however_the_author_spells_them(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The spellings are Linux's.");
        _folder.PutFolder(new("V1_001") { More = type => Probe.Define(type, name) });
        Probe.CopyNative(_folder.PathOf("V1_001"), "krangnative");
        var loaded = Load();
        Assert.Equal(Environment.ProcessId, Probe.CallNative(loaded));
        NativeLibrary.Free(NativeLibrary.Load(name, loaded.GetType().Assembly, null));
    }

    [Fact]
    public void F6_two_modules_may_bring_different_native_ones_of_one_name()
    {
        _folder.PutFolder(new("V1_002") { More = Probe.Define });
        Probe.CopyNative(_folder.PathOf("V1_001"), "krangnative");
        var modules = _folder.Scan().Modules;
        var loaded = _folder.Load(modules);
        Assert.Equal(Environment.ProcessId, Probe.CallNative(loaded[modules[0]]));
        Assert.IsType<DllNotFoundException>(Record.Exception(() => Probe.CallNative(loaded[modules[1]]))!.InnerException);
    }

    [Fact]
    public void F6_never_come_from_a_path_that_a_file_of_the_module_names()
    {
        using var elsewhere = new TempDirectory();
        File.WriteAllBytes(Path.Combine(elsewhere.Root, "Late.dll"), Probe.Library("Late"));
        Probe.CopyNative(elsewhere.Root, "krangnative");
        var probing = JsonSerializer.SerializeToUtf8Bytes(
            new { runtimeOptions = new { additionalProbingPaths = (string[])[elsewhere.Root] } });
        _folder.Put("V1_001/V1_001.runtimeconfig.json", probing);
        _folder.Put("V1_001/V1_001.runtimeconfig.dev.json", probing);
        var relative = Path.GetRelativePath(_folder.PathOf("V1_001"), elsewhere.Root);
        Describe(
            ($"{relative}/Late.dll", "any", "runtime"), ($"{elsewhere.Root}/Late.dll", "unix", "runtime"),
            ($"{relative}/libkrangnative.so", "any", "native"), ("Late.dll", "any", "runtime"));

        var loaded = Load();

        Assert.Null(Probe.Ask(loaded, "Late, Late"));
        Assert.IsType<DllNotFoundException>(Record.Exception(() => Probe.CallNative(loaded))!.InnerException);
        Assert.DoesNotContain(Copied(loaded), path => path.EndsWith(".json", StringComparison.Ordinal));
    }

    private static string[] Copied(IUpgradeModule module) => Directory.GetFiles(
        Path.GetDirectoryName(module.GetType().Assembly.Location)!, "*", SearchOption.AllDirectories);

    private string Made(string path) => Directory.CreateDirectory(_folder.PathOf($"V1_001/{path}")).FullName;

    private void Describe(params (string Path, string Platform, string Kind)[] assets) => _folder.Put(
        "V1_001/V1_001.deps.json", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["runtimeTarget"] = new { name = ".NETCoreApp,Version=v10.0" },
            ["targets"] = new Dictionary<string, object>
            {
                [".NETCoreApp,Version=v10.0"] = new Dictionary<string, object>
                {
                    ["V1_001/1.0.0"] = new { runtime = new Dictionary<string, object> { ["V1_001.dll"] = new { } } },
                    ["Late/1.0.0"] = new
                    {
                        runtimeTargets = assets.ToDictionary(
                            asset => asset.Path, asset => new { rid = asset.Platform, assetType = asset.Kind }),
                    },
                },
            },
        }));

    private IUpgradeModule Load()
    {
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        var loaded = _folder.Load(catalogue.Modules);
        Assert.Empty(loaded.Problems);
        return loaded[catalogue.Modules[0]];
    }
}
