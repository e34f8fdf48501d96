using System.Security.Cryptography;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Loading;

/// <summary>
/// The files of one module. Each was read once, hashed, and written to where nobody else can change it. Later changes of the drop folder do
/// not matter.
/// </summary>
internal sealed class ModuleCopy
{
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _assemblies = new(StringComparer.Ordinal);

    private ModuleCopy(string folder, string main) => (Folder, Main) = (folder, Path.Join(folder, main));

    public string Folder { get; }

    /// <summary>The copy of the module's DLL.</summary>
    public string Main { get; }

    public byte[] MainBytes { get; private set; } = [];

    /// <summary>The SHA-256 of each file, by the path it was read from.</summary>
    public IReadOnlyDictionary<string, string> Hashes => _hashes;

    /// <summary>The names of the assemblies that the module brings, including translations.</summary>
    public IReadOnlyCollection<string> Assemblies => _assemblies;

    /// <summary>The path of a native library of the module; null where it has none.</summary>
    public string? Native { get; private set; }

    /// <param name="folder">A new folder, which is created.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CopyFailedException">A file cannot be written.</exception>
    public static ModuleCopy Make(ModuleFile file, string folder)
    {
        var layout = ModuleLayout.Of(file);
        var copy = new ModuleCopy(folder, layout.Main);
        Try(() => Directory.CreateDirectory(folder));
        DemandRoom(layout, folder);
        CopiedPaths.Note(folder, Path.GetDirectoryName(file.Path)!);
        foreach (var source in layout.Files.GroupBy(placed => placed.Value, placed => placed.Key, StringComparer.Ordinal))
            copy.Add(source.Key, [.. source]);
        return copy;
    }

    /// <summary>Fails before it fills a disk that others use too.</summary>
    private static void DemandRoom(ModuleLayout layout, string folder)
    {
        var needed = layout.Files.Values.Sum(path => OrdinaryFile.LengthOf(path));
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (needed > free)
            throw new CopyFailedException($"{layout.Main} and the files beside it need {needed} bytes of space; {free} are free.");
    }

    private void Add(string source, List<string> relatives)
    {
        var targets = relatives.ConvertAll(relative => Path.Join(Folder, relative));
        if (targets.Contains(Main)) MainBytes = OrdinaryFile.ReadAll(source);
        using var bytes = targets.Contains(Main) ? new MemoryStream(MainBytes, writable: false) : Open(source);
        foreach (var target in targets) Try(() => Directory.CreateDirectory(Path.GetDirectoryName(target)!));
        _hashes[source] = Write(bytes, source, targets[0]);
        foreach (var other in targets.Skip(1)) Try(() => File.Copy(targets[0], other));
        foreach (var relative in relatives) Classify(relative, source);
    }

    private void Classify(string relative, string source)
    {
        // In the folder itself, or in a culture's subfolder: the runtime looks for assemblies nowhere else.
        if (MainDll.IsDll(relative) && (!relative.Contains('/') || relative.EndsWith(".resources.dll", StringComparison.OrdinalIgnoreCase)))
            _assemblies.Add(Path.GetFileNameWithoutExtension(relative));
        if (ModuleFolder.IsLoadable(relative) && !MainDll.IsDll(relative)) Native ??= source;
    }

    /// <summary>An empty file is not a library, but may be another file that the module needs.</summary>
    private static Stream Open(string source) => ModuleFolder.IsLoadable(source) ? OrdinaryFile.Open(source) : OrdinaryFile.OpenAny(source);

    private static string Write(Stream bytes, string source, string target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var written = Try(() => new FileStream(target, Options(source)));
        var buffer = new byte[1 << 16];
        for (int read; (read = bytes.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            var count = read;
            Try(() => written.Write(buffer, 0, count));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static FileStreamOptions Options(string source)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (OperatingSystem.IsWindows()) return options;
        var runs = File.GetUnixFileMode(source) & UnixFileMode.UserExecute;
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | runs;
        return options;
    }

    private static void Try(Action write) => Try<object?>(() =>
    {
        write();
        return null;
    });

    private static T Try<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (FileError.Is(e))
        {
            throw new CopyFailedException(e.Message, e);
        }
    }
}

/// <summary>A file of the copy cannot be written: the module is not at fault.</summary>
internal sealed class CopyFailedException(string message, Exception? cause = null) : Exception(message, cause);
