namespace PluginUpgrade;

/// <summary>The program files of one version in the payload folder, and the files that this version no longer has.</summary>
public sealed record Payload
{
    /// <summary>The component in the journal: program files have versions of their own, beside the product's modules.</summary>
    public const string ComponentName = HostComponents.Prefix + "payload";

    /// <summary>The module name in the journal, in place of a class's name.</summary>
    public const string ModuleName = "payload";

    public required UpgradeVersion Version { get; init; }

    /// <summary>The folder of the files, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>The hash of the version, the files and the removed paths, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required IReadOnlyList<PayloadFile> Files { get; init; }

    /// <summary>Files, and directories that are removed if they are then empty. Relative to the root, with <c>/</c>.</summary>
    public required IReadOnlyList<string> Remove { get; init; }

    public override string ToString() => $"{ModuleName} {Version}";
}

/// <param name="Path">Relative to the root and to the payload folder; with <c>/</c>.</param>
/// <param name="Sha256">In lower-case hexadecimal.</param>
/// <param name="Mode">The mode of a new file, from the manifest; null: that of the file in the payload folder.</param>
public sealed record PayloadFile(string Path, long Bytes, string Sha256, uint? Mode);

/// <summary>The effect of installing a payload, in numbers of files.</summary>
/// <param name="Beside">Files that are kept, with the new file beside them.</param>
/// <param name="Bytes">Bytes to write.</param>
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
