using System.Diagnostics;
using System.Globalization;

namespace PluginUpgrade.Loading;

/// <summary>Where in the drop folder's code an exception came from.</summary>
internal static class SourceLine
{
    /// <summary>Deeper than any real chain of exceptions.</summary>
    private const int MaxDepth = 20;

    /// <summary>
    /// The first stack frame of the DLL's own assembly that has a line number, which requires symbols; with a leading space. Empty: none.
    /// </summary>
    public static string Of(Exception e, string dll)
    {
        var own = Path.GetFileNameWithoutExtension(dll);
        var depth = 0;
        for (Exception? at = e; at is not null && depth < MaxDepth; at = at.InnerException, depth++)
            foreach (var frame in new StackTrace(at, fNeedFileInfo: true).GetFrames())
                if (frame.GetFileLineNumber() is > 0 and var line && frame.GetFileName() is { } file
                    && frame.GetMethod()?.Module.Assembly.GetName().Name == own)
                    return string.Create(CultureInfo.InvariantCulture, $" At {Path.GetFileName(file)}, line {line}.");
        return "";
    }
}
