using Spectre.Console;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>Text measured in cells of a terminal: a wide character takes two.</summary>
public static class CellText
{
    /// <summary>The longest beginning that fits. Characters are never cut in half.</summary>
    public static string Cut(string text, int cells)
    {
        var (width, end) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            width += rune.ToString().GetCellWidth();
            if (width > cells) return text[..end];
            end += rune.Utf16SequenceLength;
        }
        return text;
    }
}
