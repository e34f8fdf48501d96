using PluginUpgrade.Files;

namespace PluginUpgrade.Tests.Payloads;

/// <summary>A small installation below a temporary directory, with something of every kind in it.</summary>
public sealed class TemporaryInstallation : IDisposable
{
    public static readonly UndoOwner Owner = new(Guid.Parse("0198a000-0000-7000-8000-000000000001"), "Turbo", "1.2", "V1_002");

    private const string Memory = "/dev/shm";

    private readonly string _outer;

    /// <param name="inMemory">For tests with thousands of changes, each of which waits for a real disk several times.</param>
    public TemporaryInstallation(bool inMemory = false)
    {
        _outer = inMemory && Directory.Exists(Memory)
            ? Directory.CreateDirectory(Path.Join(Memory, $"krang-files-{Guid.NewGuid():N}")).FullName
            : Directory.CreateTempSubdirectory("krang-files-").FullName;
        Root = Path.Join(_outer, "krang");
        Directory.CreateDirectory(Root);
        Write("bin/krang", "program", 0x1ed);
        Write("bin/lib/one.so", "one", 0x1a4);
        Write("bin/lib/two.so", "two", 0x124);
        Write("conf/krang.conf", "old settings", 0x1a0);
        Write("conf/secret", "hush", 0x180);
        Write("data/kept", "kept", 0x1a4);
        Directory.CreateDirectory(At("empty"));
        File.CreateSymbolicLink(At("bin/current"), "lib/one.so");
        File.CreateSymbolicLink(At("bin/dangling"), "nowhere");
        File.CreateSymbolicLink(At("out"), _outer);
        File.WriteAllText(Path.Join(_outer, "outside"), "not ours");
        Before = Digest();
    }

    public string Root { get; }

    public string Outer => _outer;

    /// <summary>The digest at first.</summary>
    public string Before { get; }

    public string At(string path) => Path.Join(Root, path);

    public string Read(string path) => File.ReadAllText(At(path));

    public string Digest() => TreeDigest.Of(_outer);

    public UndoLog Begin() => UndoLog.Create(Root, Owner);

    internal UndoLog Begin(Killer killer) => UndoLog.Create(Root, Owner, killer.BeforeEach);

    public void Write(string path, string content, int mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
        Mode(path, mode);
    }

    public void Mode(string path, int mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At(path), (UnixFileMode)mode);
    }

    public int Mode(string path) => OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(At(path));

    public void Dispose() => Directory.Delete(_outer, recursive: true);
}
