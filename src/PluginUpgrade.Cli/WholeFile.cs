namespace PluginUpgrade.Cli;

/// <summary>Files that are written whole or not at all.</summary>
public static class WholeFile
{
    /// <param name="overwrite">Whether to replace an existing file; else fails, even if it was created in the meantime.</param>
    public static void Write(string path, string text, bool overwrite)
    {
        var unfinished = $"{path}.{Guid.NewGuid():N}";
        try
        {
            File.WriteAllText(unfinished, text);
            File.Move(unfinished, path, overwrite);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
