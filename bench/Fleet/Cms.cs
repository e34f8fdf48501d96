namespace PluginUpgrade.Bench;

/// <summary>One version of the small CMS that every contender installs.</summary>
/// <param name="Name">The file's, as in <c>001_author</c>.</param>
internal sealed record CmsStep(string Name, string Sql)
{
    public string Number => Name[..3];

    public string Version => $"1.{Number}";

    public string Module => $"V1_{Number}";
}

/// <summary>The work that all contenders do alike: the SQL in folder Cms, in ten steps.</summary>
internal static class Cms
{
    public static IReadOnlyList<CmsStep> Steps { get; } =
    [
        .. typeof(Cms).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)
            .Select(name => new CmsStep(name, Read(name))),
    ];

    private static string Read(string name)
    {
        using var text = new StreamReader(typeof(Cms).Assembly.GetManifestResourceStream(name)!);
        return text.ReadToEnd().TrimEnd();
    }
}
