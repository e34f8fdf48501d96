using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using PluginUpgrade.Catalogue;
using PluginUpgrade.FaultTests.Trials;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>
/// F15: damaged DLLs in the drop folder. Each is read as a module or reported by its name; none is lost, none breaks the scan or keeps it
/// from ending. In a tenth of the trials the module is good and a dependency beside it is damaged.
/// </summary>
public class CorruptedAssemblies(ITestOutputHelper output)
{
    private const int BatchSize = 500;

    /// <summary>Only to tell hanging from slow; nothing comes near it.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromMinutes(2);

    private static readonly byte[] Near = ModuleAssembly.Of("Near", new ModuleSource("Base")
    {
        PerInstance = "SELECT 1",
        Attributes = TypeAttributes.Public | TypeAttributes.Abstract,
    });

    private static readonly byte[] OnNear = ModuleAssembly.Of(
        new ModuleSource("V1_001") { PerInstance = null, BaseClass = Assembly.Load(Near).GetType("Base")! });

    private readonly TrialPlan _plan = TrialPlan.Of(commit: 1_000, nightly: 50_000, release: 200_000);

    [Fact]
    public async Task F15_are_each_read_or_reported_and_never_crash_or_hang_the_scan()
    {
        var suite = new Suite("F15", _plan, output);
        var mangler = new Mangler([.. Good()]);
        for (var first = 0; first < _plan.Count; first += BatchSize)
            await BatchAsync(suite, mangler, first, Math.Min(BatchSize, _plan.Count - first));
        suite.End(_plan.Count, _plan.Count);
    }

    private async Task BatchAsync(Suite suite, Mangler mangler, int first, int count)
    {
        using var directory = new TempDirectory();
        var files = Enumerable.Range(first, count).Select(trial => Put(suite, mangler, directory.Root, trial)).ToList();
        var catalogue = await ScanAsync(() => ModuleCatalogue.Scan(directory.Root), suite, $"trials {first} to {first + count - 1}");
        if (catalogue is null)
        {
            foreach (var file in files) await ScanAsync(() => ModuleCatalogue.ScanPath(file), suite, Path.GetFileName(file));
            return;
        }
        var modules = catalogue.Modules.Select(module => module.File).ToHashSet(StringComparer.Ordinal);
        var problems = catalogue.Problems.ToLookup(found => found.Problem.Subject, found => found.Problem);
        foreach (var file in files)
        {
            var codes = problems[file].Select(problem => problem.Code).Distinct().Order(StringComparer.Ordinal).ToList();
            suite.Count(codes.Count > 0 ? $"reported: {codes[0]}" : modules.Contains(file) ? "read as good" : "lost");
            if (codes.Count == 0 && !modules.Contains(file)) suite.Violation(Path.GetFileName(file), "neither a module nor a problem");
            if (problems[file].Any(problem => problem.ToString().Any(char.IsControl) || problem.ToString().Length > 5000))
                suite.Violation(Path.GetFileName(file), "what is told of it is not fit to be shown");
        }
    }

    /// <returns>Null where it did not end well, which is a violation.</returns>
    private static async Task<ModuleCatalogue?> ScanAsync(Func<ModuleCatalogue> scan, Suite suite, string what)
    {
        try
        {
            return await Task.Run(scan).WaitAsync(Watchdog, TestContext.Current.CancellationToken);
        }
        catch (Exception e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            suite.Violation(what, e);
            return null;
        }
    }

    private string Put(Suite suite, Mangler mangler, string folder, int trial)
    {
        var random = _plan.RandomOf(trial);
        var name = $"m{trial}";
        if (trial % 10 != 0)
        {
            var (bytes, how) = mangler.Mangle(random);
            suite.Count(how);
            return Write(Path.Combine(folder, $"{name}.dll"), bytes);
        }
        suite.Count("a damaged dependency");
        Directory.CreateDirectory(Path.Combine(folder, name));
        Write(Path.Combine(folder, name, "Near.dll"), new Mangler([Near]).Mangle(random).Bytes);
        return Write(Path.Combine(folder, name, $"{name}.dll"), OnNear);
    }

    /// <summary>What is no assembly of ours at all, however it is named.</summary>
    [Fact]
    public async Task F15_as_is_all_else_that_may_be_named_so()
    {
        using var directory = new TempDirectory();
        var folder = directory.Root;
        var good = Good().First();
        Write(At("text.dll"), "This is text."u8.ToArray());
        Write(At("empty.dll"), []);
        Write(At("script.dll"), "#!/bin/sh\nexit 0\n"u8.ToArray());
        Write(At("program.dll"), File.ReadAllBytes("/bin/sh"));
        Write(At("native.dll"), File.ReadAllBytes(Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.so")[0]));
        using (var zip = ZipFile.Open(At("zip.dll"), ZipArchiveMode.Create)) zip.CreateEntry("V1_001.dll");
        using (var huge = File.Create(At("huge.dll"))) huge.SetLength(1L << 40);
        File.CreateSymbolicLink(At("nowhere.dll"), At("gone"));
        File.CreateSymbolicLink(At("itself.dll"), At("itself.dll"));
        File.CreateSymbolicLink(At("zero.dll"), "/dev/zero");
        File.CreateSymbolicLink(At("folder.dll.dll"), folder);
        Write(At("twice.dll"), [.. good, .. good]);
        Write(At("no dependency.dll"), OnNear);
        Directory.CreateDirectory(At("directory.dll"));
        using (var pipe = Process.Start("mkfifo", At("pipe.dll"))) await pipe.WaitForExitAsync(TestContext.Current.CancellationToken);

        var catalogue = await Task.Run(() => ModuleCatalogue.Scan(folder)).WaitAsync(Watchdog, TestContext.Current.CancellationToken);

        var codes = catalogue.Problems.ToLookup(
            found => Path.GetFileName(found.Problem.Subject), found => $"{found.Problem.Code} {found.Problem.Severity}");
        string[] files = ["text", "script", "program", "native", "zip"];
        Assert.All(files, name => Assert.Equal(["KU-2004 Error"], codes[$"{name}.dll"]));
        string[] unreadable = ["empty", "huge", "nowhere", "itself", "zero", "pipe"];
        Assert.All(unreadable, name => Assert.Equal(["KU-2003 Error"], codes[$"{name}.dll"]));
        string[] folders = ["directory.dll", "folder.dll.dll"];
        Assert.All(folders, name => Assert.Equal(["KU-2002 Warning"], codes[name]));
        Assert.Contains("KU-2018 Error", codes["no dependency.dll"]);

        string At(string name) => Path.Combine(folder, name);
    }

    private static IEnumerable<byte[]> Good() =>
    [
        ModuleAssembly.Of(new ModuleSource("V1_002") { Version = "1.002", Component = "Turbo", PerInstallation = "SELECT 1" }),
        .. ((string[])["Shapes", "Misbehaving", "Counted", "Concurrent"])
            .Select(name => File.ReadAllBytes(Path.Combine(BuiltFiles.TestModule(name), $"{name}.dll"))),
    ];

    private static string Write(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
