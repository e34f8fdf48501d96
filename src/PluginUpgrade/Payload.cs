namespace PluginUpgrade;

/// <summary>The program files of one version, as they lie in the payload folder, and what that version has no more.</summary>
public sealed record Payload
{
    /// <summary>In the journal: program files have versions of their own, beside the product's modules.</summary>
    public const string ComponentName = HostComponents.Prefix + "payload";

    /// <summary>In the journal, where a module's row has the name of its class.</summary>
    public const string ModuleName = "payload";

    public required UpgradeVersion Version { get; init; }

    /// <summary>Where the files lie, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Of all that the manifest says or, where it leaves that out, the files are; in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required IReadOnlyList<PayloadFile> Files { get; init; }

    /// <summary>Files, and directories that are removed if they are empty then. From the root, with <c>/</c>.</summary>
    public required IReadOnlyList<string> Remove { get; init; }

    public override string ToString() => $"{ModuleName} {Version}";
}

/// <param name="Path">From the root, and from the payload folder; with <c>/</c>.</param>
/// <param name="Sha256">In lower-case hexadecimal.</param>
/// <param name="Mode">Of a new file, where the manifest says one; else that of the file in the payload folder.</param>
public sealed record PayloadFile(string Path, long Bytes, string Sha256, uint? Mode);

/// <summary>What laying a payload over the root's files comes to, in counts of files.</summary>
/// <param name="Beside">Kept as they are, with the new one beside.</param>
/// <param name="Bytes">What is written.</param>
public sealed record PayloadEffect(int New, int Replaced, int Beside, int Removed, int Unchanged, long Bytes)
{
    public override string ToString()
    {
        string[] parts =
        [
            Part(New, "new"), Part(Replaced, "replaced"), Part(Beside, "kept, with the new file beside it as .new"),
            Part(Removed, "removed"), Part(Unchanged, "unchanged"),
        ];
        var some = parts.Where(part => part.Length > 0).ToList();
        return some.Count == 0 ? "program files: none" : $"program files: {string.Join(", ", some)}";

        static string Part(int count, string what) => count == 0 ? "" : $"{count} {what}";
    }
}
