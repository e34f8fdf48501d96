using Microsoft.Extensions.Configuration;

namespace Replica.Upgrade;

/// <summary>The mappings of databases to schemas in the module's settings, which must be those that are stored.</summary>
internal static class Mappings
{
    /// <summary>Every difference, as a sentence.</summary>
    /// <param name="configured">A section for each source, with <c>Database</c> and <c>Schema</c>.</param>
    public static IEnumerable<string> Compare(IConfigurationSection configured, IReadOnlyList<StoredSource> stored)
    {
        foreach (var source in stored)
        {
            var section = configured.GetSection(source.Name);
            if (!section.GetChildren().Any())
                yield return $"{section.Path} is missing. The catalogue has that source, from {source.Origin} to {source.Schema}.";
            else if ((section["Database"], section["Schema"]) != (source.Origin, source.Schema))
                yield return $"{section.Path} maps {Name(section["Database"])} to {Name(section["Schema"])}, "
                    + $"but the catalogue maps {source.Origin} to {source.Schema}.";
        }
        var known = stored.Select(source => source.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var section in configured.GetChildren().Where(section => !known.Contains(section.Key)))
            yield return $"{section.Path} is not in the catalogue.";
    }

    private static string Name(string? value) => string.IsNullOrEmpty(value) ? "(nothing)" : value;
}
