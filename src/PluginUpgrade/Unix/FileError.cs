namespace PluginUpgrade.Unix;

/// <summary>What .NET throws when a file or directory cannot be read or written.</summary>
public static class FileError
{
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException || IsTooLarge(e);

    /// <summary>
    /// A file larger than the process or the file system allows (EFBIG). .NET reports it as if an argument were wrong; nothing but the
    /// message distinguishes it: https://github.com/dotnet/runtime/blob/main/src/libraries/Common/src/Interop/Unix/Interop.IOErrors.cs
    /// </summary>
    public static bool IsTooLarge(Exception e) =>
        e is ArgumentOutOfRangeException { ParamName: "value" } && e.Message.Contains("file length", StringComparison.OrdinalIgnoreCase);
}
