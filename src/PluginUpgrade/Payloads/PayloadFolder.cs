using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using PluginUpgrade.Settings;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Payloads;

/// <param name="Payload">Null where not even the version is known. A payload with problems holds only its valid parts.</param>
public sealed record PayloadReading(Payload? Payload, IReadOnlyList<Problem> Problems);

/// <summary>Reads a payload folder: the manifest, the files with their hashes, and every problem with them.</summary>
public sealed class PayloadFolder
{
    private readonly string _folder;
    private readonly PayloadPath _paths;
    private readonly PayloadListing _listing;
    private readonly List<Problem> _problems = [];

    private PayloadFolder(HostSettings settings)
    {
        _folder = settings.Installation.Payload;
        _paths = new PayloadPath(settings.Root, [_folder, settings.Installation.Modules]);
        _listing = PayloadListing.Of(_folder);
        _problems.AddRange(_listing.Problems);
        var insecure = Ownership.FaultsOf([(_folder, true), .. _listing.Entries])
            .Select(found => PayloadProblem.Insecure(found.Key, found.Value, settings.AllowInsecureModules));
        _problems.AddRange(Problem.Together(insecure));
    }

    /// <summary>Null where there is no payload: no folder, or an empty one.</summary>
    public static PayloadReading? Read(HostSettings settings)
    {
        if (!Exists(settings.Installation.Payload)) return null;
        var (manifest, problem) = PayloadManifest.Read(settings.Installation.Payload);
        if (manifest is null) return new PayloadReading(null, [problem!]);
        return new PayloadFolder(settings).Read(manifest);
    }

    /// <summary>Only the version, without reading the files; null where there is no payload, or its version is not valid.</summary>
    public static UpgradeVersion? VersionIn(HostSettings settings) =>
        Exists(settings.Installation.Payload)
        && UpgradeVersion.TryParse(PayloadManifest.Read(settings.Installation.Payload).Manifest?.Version, out var version) ? version : null;

    private static bool Exists(string folder)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reading the manifest, or the files, reports what is wrong with it.
            return !File.Exists(folder);
        }
    }

    private PayloadReading Read(PayloadManifest manifest)
    {
        if (!UpgradeVersion.TryParse(manifest.Version, out var version) || version == UpgradeVersion.Zero)
            _problems.Add(PayloadProblem.BadVersion(Path.Join(_folder, PayloadManifest.FileName), manifest.Version));
        var files = manifest.Files is { } listed ? Listed(listed) : All();
        var removed = Removed(manifest.Remove ?? [], [.. files.Select(file => file.Path)]);
        var payload = version == UpgradeVersion.Zero ? null : new Payload
        {
            Version = version,
            Folder = _folder,
            Sha256 = HashOf(version, files, removed),
            Files = files,
            Remove = removed,
        };
        return new PayloadReading(payload, Problem.Together(_problems));
    }

    private List<PayloadFile> All()
    {
        List<PayloadFile> files = [];
        foreach (var (path, bytes) in _listing.Files)
            if (_paths.Fault(path) is { } fault) _problems.Add(fault);
            else if (TryHash(path) is { } hash) files.Add(new PayloadFile(path, bytes, hash, null));
        return files;
    }

    private List<PayloadFile> Listed(IReadOnlyList<ListedFile?> listed)
    {
        List<PayloadFile> files = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var entry in listed)
        {
            if (_paths.Fault(entry?.Path) is { } fault) _problems.Add(fault);
            else if (!seen.Add(entry!.Path!)) _problems.Add(PayloadProblem.Twice(entry.Path!));
            else if (Checked(entry, entry.Path!) is { } file) files.Add(file);
        }
        _problems.AddRange(_listing.Files.Keys.Where(path => !seen.Contains(path)).Select(PayloadProblem.Extra));
        files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        return files;
    }

    private PayloadFile? Checked(ListedFile entry, string path)
    {
        var mode = ModeOf(entry.Mode);
        if (entry.Mode is not null && mode is null) _problems.Add(PayloadProblem.BadMode(path));
        var hash = entry.Sha256?.ToLowerInvariant() ?? "";
        if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)) _problems.Add(PayloadProblem.BadHash(path));
        else if (!_listing.Files.TryGetValue(path, out var bytes)) _problems.Add(PayloadProblem.Missing(path));
        else if (TryHash(path) is { } found)
        {
            if (found != hash) _problems.Add(PayloadProblem.OtherContent(path));
            return new PayloadFile(path, bytes, hash, mode);
        }
        return null;
    }

    /// <summary>Permission bits only: a payload may not set set-user-id bits.</summary>
    private static uint? ModeOf(string? text)
    {
        if (text is null || text.Length is < 3 or > 4 || text.Any(digit => digit is < '0' or > '7')) return null;
        var mode = Convert.ToUInt32(text, 8);
        return mode <= 0x1ff ? mode : null;
    }

    private List<string> Removed(IReadOnlyList<string?> paths, HashSet<string> files)
    {
        SortedSet<string> removed = new(StringComparer.Ordinal);
        foreach (var given in paths)
        {
            // People often write directories with a slash at the end.
            var path = given is { Length: > 1 } && given.EndsWith('/') ? given[..^1] : given;
            if (_paths.Fault(path) is { } fault) _problems.Add(fault);
            else if (files.Contains(path!)) _problems.Add(PayloadProblem.FileAndRemoved(path!));
            else if (!removed.Add(path!)) _problems.Add(PayloadProblem.Twice(path!));
        }
        return [.. removed];
    }

    private string? TryHash(string path)
    {
        try
        {
            using var content = RegularFile.Open(Path.Join(_folder, path), follow: false);
            return Convert.ToHexStringLower(SHA256.HashData(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add(PayloadProblem.Unreadable(path, e.Message));
            return null;
        }
    }

    /// <summary>Does not depend on whether the manifest lists the files, or on how it is formatted.</summary>
    private static string HashOf(UpgradeVersion version, List<PayloadFile> files, List<string> removed)
    {
        var content = new
        {
            Version = version.Key,
            Files = files.Select(file => new[] { file.Path, file.Sha256, file.Mode?.ToString(CultureInfo.InvariantCulture) }),
            Remove = removed,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content)));
    }
}
