using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using PluginUpgrade.Loading;
using PluginUpgrade.Postgres;
using PluginUpgrade.Tests.Catalogue;

namespace PluginUpgrade.Tests.Loading;

/// <summary>Modules are loaded from a private copy of the bytes that were hashed; see also <see cref="PackagedDependencies"/>.</summary>
public sealed class AModulesCopy : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("truncated")]
    [InlineData("overwritten")]
    [InlineData("replaced")]
    [InlineData("deleted")]
    public void F6_is_what_runs_whatever_becomes_of_the_drop_folder(string change)
    {
        _folder.PutFolder(new("V1_001") { More = Probe.Define });
        _folder.Put("V1_001/Late.dll", Probe.Library("Late"));
        Probe.CopyNative(_folder.PathOf("V1_001"), "krangnative");
        var loaded = Load();
        Assert.Equal(Environment.ProcessId, Probe.CallNative(loaded));

        foreach (var file in Directory.GetFiles(_folder.PathOf("V1_001"))) Change(file, change);

        Assert.Equal(Environment.ProcessId, Probe.CallNative(loaded));
        Assert.NotNull(Probe.Ask(loaded, "Late, Late"));
        Assert.True(File.Exists(loaded.GetType().Assembly.Location));
    }

    [Fact]
    public void F6_lies_where_nobody_else_may_enter_and_is_removed_at_the_end()
    {
        _folder.PutFolder(new("V1_001"));
        _folder.Put("V1_001/seed.sql", "SELECT 1"u8.ToArray());
        _folder.Put("V1_001/tool", "#!/bin/sh\n"u8.ToArray());
        File.SetUnixFileMode(_folder.PathOf("V1_001/tool"), (UnixFileMode)0b111_101_101);
        var all = ModuleLoader.Load(_folder.Scan().Modules);
        var location = all[_folder.Scan().Modules[0]].GetType().Assembly.Location;
        var copy = Path.GetDirectoryName(location)!;
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(Path.GetDirectoryName(copy)!));
        Assert.Equal(File.ReadAllBytes(_folder.PathOf("V1_001/V1_001.dll")), File.ReadAllBytes(location));
        Assert.Equal("SELECT 1", File.ReadAllText(Path.Combine(copy, "seed.sql")));
        Assert.True(File.GetUnixFileMode(Path.Combine(copy, "tool")).HasFlag(UnixFileMode.UserExecute));
        all.Dispose();
        Assert.False(Directory.Exists(Path.GetDirectoryName(copy)));
    }

    [Theory]
    [InlineData("Serilog.Log, Serilog")]
    [InlineData("Serilog.FileLoggerConfigurationExtensions, Serilog.Sinks.File")]
    [InlineData("Spectre.Console.AnsiConsole, Spectre.Console")]
    [InlineData("System.CommandLine.Command, System.CommandLine")]
    [InlineData("PluginUpgrade.Problem, PluginUpgrade")]
    [InlineData("McMaster.NETCore.Plugins.PluginLoader, McMaster.NETCore.Plugins")]
    [InlineData("Microsoft.Extensions.Configuration.ConfigurationBuilder, Microsoft.Extensions.Configuration")]
    [InlineData("Xunit.Assert, xunit.v3.assert")]
    public void F6_sees_nothing_of_what_the_host_uses_itself(string type)
    {
        _folder.PutFolder(new("V1_001") { More = Probe.Define });
        Assert.Null(Probe.Ask(Load(), type));
        var assembly = type.Split(", ")[1];
        _folder.Put($"V1_001/{assembly}.dll", Probe.Library(assembly, type.Split(", ")[0]));
        Assert.NotNull(Probe.Ask(Load(), type));
    }

    [Theory]
    [InlineData(typeof(IUpgradeModule))]
    [InlineData(typeof(Npgsql.NpgsqlConnection))]
    [InlineData(typeof(Microsoft.Extensions.Logging.ILogger))]
    [InlineData(typeof(Microsoft.Extensions.Configuration.IConfiguration))]
    [InlineData(typeof(Microsoft.Extensions.Primitives.StringSegment))]
    [InlineData(typeof(System.Text.Json.JsonDocument))]
    public void F6_shares_with_the_host_what_is_shared_even_where_it_brings_its_own(Type type)
    {
        _folder.PutFolder(new("V1_001") { More = Probe.Define });
        var name = type.Assembly.GetName().Name!;
        Assert.Equal(type, Probe.Ask(Load(), $"{type.FullName}, {name}"));
        File.Copy(type.Assembly.Location, _folder.PathOf($"V1_001/{name}.dll"));
        var loaded = Load();
        Assert.Equal(type, Probe.Ask(loaded, $"{type.FullName}, {name}"));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(loaded.GetType().Assembly.Location)!, $"{name}.dll")));
    }

    [Fact]
    public void F6_has_the_modules_translations()
    {
        _folder.PutFolder(new("V1_001"));
        _folder.Put("V1_001/de/V1_001.resources.dll", Probe.Library("V1_001.resources", culture: "de"));
        var assembly = Load().GetType().Assembly;
        var german = assembly.GetSatelliteAssembly(CultureInfo.GetCultureInfo("de"));
        Assert.Equal(Path.Combine(Path.GetDirectoryName(assembly.Location)!, "de", "V1_001.resources.dll"), german.Location);
        Assert.Throws<FileNotFoundException>(() => assembly.GetSatelliteAssembly(CultureInfo.GetCultureInfo("fr")));
    }

    [Fact]
    public void F6_is_not_what_errors_name()
    {
        _folder.PutFolder(new("V1_001") { More = Probe.Define });
        var native = _folder.Put("V1_001/libkrangnative.so", "no library"u8.ToArray());
        _folder.Put("V1_001/Late.dll", "no assembly"u8.ToArray());
        var loaded = Load();
        var context = AssemblyLoadContext.GetLoadContext(loaded.GetType().Assembly)!;
        MustName(native, Record.Exception(() => Probe.CallNative(loaded))!.InnerException!);
        MustName("'Late,", Record.Exception(() => context.LoadFromAssemblyName(new AssemblyName("Late")))!);
    }

    [Fact]
    public void F6_says_which_file_of_the_module_cannot_be_loaded()
    {
        _folder.PutProject("Turbo");
        var modules = _folder.Scan().Modules;
        File.WriteAllText(_folder.PathOf("Turbo/Turbo.deps.json"), "{");
        var problem = Assert.Single(_folder.Load(modules).Problems).Problem;
        Assert.Contains(_folder.PathOf("Turbo/Turbo.deps.json"), problem.Message, StringComparison.Ordinal);
    }

    private static void MustName(string path, Exception failure)
    {
        var text = SqlErrors.Describe(failure);
        Assert.Contains(path, text, StringComparison.Ordinal);
        Assert.DoesNotContain(CopiedPaths.ModulesAreCopiedTo, text, StringComparison.Ordinal);
    }

    private static void Change(string file, string change)
    {
        switch (change)
        {
            case "truncated":
                using (var opened = File.OpenWrite(file)) opened.SetLength(0);
                break;
            case "overwritten":
                using (var opened = File.OpenWrite(file)) opened.Write(new byte[opened.Length]);
                break;
            case "replaced":
                File.Delete(file);
                File.WriteAllText(file, "another");
                break;
            default:
                File.Delete(file);
                break;
        }
    }

    private IUpgradeModule Load()
    {
        var module = Assert.Single(_folder.Scan().Modules);
        var loaded = _folder.Load([module]);
        Assert.Empty(loaded.Problems);
        return loaded[module];
    }
}
