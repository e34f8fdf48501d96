using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <param name="Offset">The start of the line in the file.</param>
internal sealed record LogEntry(Change Change, long Offset)
{
    public bool Undone { get; set; }
}

/// <summary>
/// The log on disk, as lines of JSON: the owner, then one line for each change. A line counts once its line feed is written.
/// </summary>
internal sealed class LogFile(Disk disk, InstallationPaths paths, string id, UndoOwner owner)
{
    public const string Name = "log.jsonl";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new ChangeKindConverter() },
    };

    private readonly List<LogEntry> _entries = [];
    private long _length;
    private bool _attempted, _madeData;
    private int _stashed;
    private string? _home;

    public UndoOwner Owner => owner;

    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>Whether the log is on disk.</summary>
    public bool Begun => _length > 0;

    /// <summary>The log's directory. It does not change once it exists.</summary>
    public string Home => _home ?? Path.Join(paths.Logs, id);

    /// <summary>
    /// A log that a killed process left; null where it was killed before its first change. A damaged last line was being written at that
    /// time: its change had not begun.
    /// </summary>
    /// <exception cref="UpgradeException">The file is not one of our logs, or it is damaged.</exception>
    public static LogFile? Read(Disk disk, InstallationPaths paths, string id)
    {
        var file = Path.Join(paths.Logs, id, Name);
        if (Bytes(file) is not { } bytes) return null;
        LogFile? log = null;
        for (int start = 0, number = 1, end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = end + 1, number++)
        {
            try
            {
                var line = bytes.AsSpan(start, end - start);
                if (log is null) log = OfHeader(line);
                else log.Take(Checked(Parse<EntryLine>(line), number), start);
                log._length = end + 1;
            }
            catch (JsonException e)
            {
                if (Array.IndexOf(bytes, (byte)'\n', end + 1) < 0) break;
                throw new UpgradeException(UndoProblem.Damaged(file, number, e.Message), e);
            }
        }
        return log;

        LogFile OfHeader(ReadOnlySpan<byte> line)
        {
            var header = Parse<HeaderLine>(line);
            if (header.Owner is null) throw new JsonException("It does not name its step.");
            return new LogFile(disk, paths, id, header.Owner) { _madeData = header.MadeData, _home = Path.Join(paths.Logs, id) };
        }

        EntryLine Checked(EntryLine line, int number) => ChangeCheck.Fault(line.Change, Path.GetFileNameWithoutExtension(id)) is { } fault
            ? throw new UpgradeException(UndoProblem.Foreign(file, number, fault)) : line;
    }

    /// <summary>The file's content; null where it does not exist. The owner is checked on the open file, not on the path.</summary>
    private static byte[]? Bytes(string file)
    {
        try
        {
            if (LinkFree.Look(file) is null) return null;
            using var opened = LinkFree.OpenRead(file);
            return Ownership.Fault(Libc.Look(opened), isFolder: false) is { } fault
                ? throw new UpgradeException(UndoProblem.NotOurs(file, fault)) : RegularFile.ReadAllBytes(opened, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpgradeException(UndoProblem.NotOurs(file, $"cannot be read: {e.Message.TrimEnd('.')}"), e);
        }
    }

    /// <summary>Makes sure that the log is on disk, before the step changes anything.</summary>
    public void Begin()
    {
        if (Begun) return;
        _attempted = true;
        var data = paths.Absolute(InstallationPaths.Data);
        var logs = paths.Logs;
        if (LinkFree.Look(data) is null)
        {
            _madeData = true;
            disk.MakeDirectory(data, Disk.UsualDirectory);
        }
        if (LinkFree.Look(logs) is null) disk.MakeDirectory(logs, Disk.Private);
        using (var opened = LinkFree.OpenDirectory(logs))
            if (Ownership.Fault(Libc.Look(opened), isFolder: true) is { } fault)
                throw new UpgradeException(UndoProblem.NotOurs(logs, fault));
        _home = Path.Join(logs, id);
        if (LinkFree.Look(Home) is null) disk.MakeDirectory(Home, Disk.Private);
        Append(JsonSerializer.SerializeToUtf8Bytes(new HeaderLine(owner, _madeData), Json));
        disk.Sync(Home);
    }

    public void Add(Change change)
    {
        var offset = _length;
        Append(JsonSerializer.SerializeToUtf8Bytes(new EntryLine(0, change), Json));
        _entries.Add(new LogEntry(change, offset));
    }

    /// <summary>An unused absolute path in the log's directory.</summary>
    public string NewStash() => Path.Join(Home, (++_stashed).ToString(CultureInfo.InvariantCulture));

    /// <summary>Overwrites one digit in place, which needs no space on a full disk.</summary>
    public void MarkUndone(LogEntry entry)
    {
        disk.WriteAt(Path.Join(Home, Name), entry.Offset + EntryLine.UndoneAt, "1"u8);
        entry.Undone = true;
    }

    /// <summary>
    /// Deletes the log and its kept files. It is renamed first: if the deletion is interrupted, the rest must never be undone.
    /// </summary>
    public void Delete(string suffix)
    {
        if (Begun) disk.Rename(Home, Home + suffix);
        else if (!_attempted) return;
        DeleteRest(disk, paths, Begun ? id + suffix : id, _madeData);
        (_length, _attempted) = (0, false);
    }

    public static void DeleteRest(Disk disk, InstallationPaths paths, string name, bool madeData)
    {
        disk.DeleteTree(Path.Join(paths.Logs, name), last: Name);
        disk.TryDeleteDirectory(paths.Logs);
        if (madeData) disk.TryDeleteDirectory(paths.Absolute(InstallationPaths.Data));
    }

    /// <summary>The same for a log that a killed process left.</summary>
    public static void DeleteRest(Disk disk, InstallationPaths paths, string name)
    {
        var madeData = false;
        try
        {
            madeData = Read(disk, paths, name)?._madeData ?? false;
        }
        catch (UpgradeException)
        {
            // Damaged, or not ours: at worst, an empty directory stays.
        }
        DeleteRest(disk, paths, name, madeData);
    }

    private void Append(byte[] json)
    {
        // After a failed write (disk full), the next line overwrites the partial one; or it stays as a damaged last line.
        disk.WriteAt(Path.Join(Home, Name), _length, [.. json, (byte)'\n']);
        _length += json.Length + 1;
    }

    private void Take(EntryLine line, long offset) => _entries.Add(new LogEntry(line.Change, offset) { Undone = line.Undone != 0 });

    private static T Parse<T>(ReadOnlySpan<byte> line) where T : class =>
        JsonSerializer.Deserialize<T>(line, Json) ?? throw new JsonException($"'{Encoding.UTF8.GetString(line)}' is not an entry.");

    private sealed record HeaderLine([property: JsonRequired] UndoOwner Owner, bool MadeData);

    private sealed record EntryLine([property: JsonPropertyOrder(-1), JsonRequired] int Undone, [property: JsonRequired] Change Change)
    {
        /// <summary>The digit's position: <c>{"undone":0</c>.</summary>
        public const int UndoneAt = 10;
    }
}
