using System.Diagnostics;
using System.Runtime.Versioning;
using PluginUpgrade.Loading;
using PluginUpgrade.Tests.Catalogue;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Tests.Loading;

[SupportedOSPlatform("linux")]
public sealed class WhereModulesAreCopiedTo : IDisposable
{
    private const string Name = CopiedPaths.ModulesAreCopiedTo;

    private readonly TemporaryDropFolder _folder = new();
    private readonly TempDirectory _outer = new();
    private readonly string _copies;
    private bool _mounted;

    public WhereModulesAreCopiedTo()
    {
        _copies = Directory.CreateDirectory(Path.Combine(_outer.Root, "copies")).FullName;
        _folder.PutFolder(new("V1_001"));
    }

    public void Dispose()
    {
        _folder.Dispose();
        if (_mounted) Run("umount", "-l", _copies);
        _outer.Dispose();
    }

    [Fact]
    public void F6_is_made_for_its_user_alone_where_it_is_not_there()
    {
        var copies = Path.Combine(_outer.Root, "made", "below");
        Assert.Empty(Load(copies));
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(copies));
    }

    [Fact]
    public void F6_may_be_behind_a_link()
    {
        Directory.CreateSymbolicLink(Path.Combine(_outer.Root, "link"), "copies");
        Assert.Empty(Load(Path.Combine(_outer.Root, "link")));
    }

    [Fact]
    public void F6_loses_what_killed_processes_left_and_nothing_else()
    {
        var left = Leftover($"{Name}1-dead", withLock: true);
        var empty = Directory.CreateDirectory(Path.Combine(_copies, $"{Name}2-dead")).FullName;
        string[] stay = [Leftover("other", withLock: true), Leftover($"{Name}3-nolock", withLock: false),
            Leftover($"{Name}4-alive", withLock: true), Leftover("target", withLock: true), Leftover($"{Name}5-others", withLock: true)];
        using var alive = HostLock.TryExclusive(Path.Combine(stay[2], "lock"));
        Assert.NotNull(alive);
        Directory.CreateSymbolicLink(Path.Combine(_copies, $"{Name}6-link"), stay[3]);
        Directory.CreateSymbolicLink(Path.Combine(left, "link"), stay[3]);
        File.WriteAllText(Path.Combine(_copies, $"{Name}7-file"), "");
        if (Libc.IsRoot) LinkFree.SetOwner(stay[4], 65534, 65534);

        Assert.Empty(Load(_copies));

        Assert.False(Directory.Exists(left));
        Assert.False(Directory.Exists(empty));
        Assert.All(Libc.IsRoot ? stay : stay[..4], path => Assert.True(File.Exists(Path.Combine(path, "0/V1_001.dll")), path));
        Assert.True(File.Exists(Path.Combine(_copies, $"{Name}7-file")));
    }

    [Fact]
    public void F6_is_refused_where_others_could_change_it()
    {
        File.SetUnixFileMode(_copies, (UnixFileMode)0b111_111_111);
        Assert.Equal(["KU-2029"], Load(_copies));
        Assert.Empty(Directory.GetFileSystemEntries(_copies));
        File.SetUnixFileMode(_copies, (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit);
        Assert.Empty(Load(_copies));
        Assert.SkipUnless(Libc.IsRoot, "Only root can give directories away.");
        LinkFree.SetOwner(_copies, 65534, 65534);
        Assert.Equal(["KU-2029"], Load(_copies));
    }

    [Fact]
    public void F6_is_told_where_it_cannot_be_made()
    {
        File.WriteAllText(Path.Combine(_outer.Root, "file"), "");
        Assert.Equal(["KU-2030"], Load(Path.Combine(_outer.Root, "file")));
        Assert.Equal(["KU-2030"], Load(Path.Combine(_outer.Root, "file", "below")));
    }

    [Fact]
    public void F6_is_told_where_it_is_read_only()
    {
        Mount("ro");
        Assert.Equal(["KU-2030"], Load(_copies));
    }

    [Fact]
    public void F6_is_told_where_it_is_full_once_for_all_modules()
    {
        Mount("size=64k");
        _folder.PutFolder(new("V1_002"));
        _folder.Put("V1_001/seed.sql", new byte[1 << 20]);
        var problem = Assert.Single(_folder.Load(_folder.Scan().Modules, new ModuleCopies(_copies)).Problems);
        Assert.Equal(("KU-2030", _copies), (problem.Problem.Code, problem.Problem.Subject));
        Assert.Contains("space", problem.Problem.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Directory.GetFiles(_copies, "*.sql", SearchOption.AllDirectories));
    }

    [Fact]
    public void F6_is_told_where_the_system_loads_no_library_that_a_module_brings()
    {
        Mount("noexec");
        _folder.PutFolder(new("V1_002") { More = Probe.Define });
        _folder.PutProject("Turbo");
        Assert.Empty(Load(_copies));
        Probe.CopyNative(_folder.PathOf("V1_002"), "krangnative");
        Assert.Equal(["KU-2031"], Load(_copies));
    }

    private string[] Load(string copies)
    {
        using var loaded = ModuleLoader.Load(_folder.Scan().Modules, copies: new ModuleCopies(copies));
        return [.. loaded.Problems.Select(found => found.Problem.Code)];
    }

    private string Leftover(string name, bool withLock)
    {
        var path = Directory.CreateDirectory(Path.Combine(_copies, name, "0")).Parent!.FullName;
        File.WriteAllText(Path.Combine(path, "0/V1_001.dll"), "");
        if (withLock) File.WriteAllText(Path.Combine(path, "lock"), "");
        return path;
    }

    private void Mount(string options)
    {
        _mounted = Environment.IsPrivilegedProcess && Run("mount", "-t", "tmpfs", "-o", $"mode=755,{options}", "tmpfs", _copies) == 0;
        Assert.SkipUnless(_mounted, "Only root can mount a file system, and not everywhere.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
