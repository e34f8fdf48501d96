using System.Text;

namespace PluginUpgrade.Schemas.Reading;

internal static class EnumReader
{
    /// <returns>Null where the type itself has a mistake.</returns>
    public static EnumItem? Read(DeclaredSchema declaration, DeclaredEnum declared, Mistakes mistakes)
    {
        var place = new Place(declaration, declared.Name);
        var named = NameCheck.OfObject(declared.Name, place, mistakes);
        var life = Span.Read(declared.Life, null, "", place, mistakes);
        var type = new EnumItem(place, life ?? new Span(UpgradeVersion.Zero, null), declared);
        foreach (var value in declared.Values) IsValue(value, place, mistakes);
        foreach (var twice in declared.Values.GroupBy(value => value).Where(same => same.Count() > 1))
            mistakes.Add("KU-2116", place with { Part = twice.Key }, "this value is declared twice.", "Remove one of the two.");
        foreach (var value in declared.Later)
            if (ReadLater(type, value, life, mistakes) is { } version) type.Later.Add((version, value));
        var ordered = type.Later.OrderBy(later => later.Version).ToList();
        type.Later.Clear();
        type.Later.AddRange(ordered);
        return named && life is not null ? type : null;
    }

    private static UpgradeVersion? ReadLater(EnumItem type, DeclaredEnumValue value, Span? life, Mistakes mistakes)
    {
        var place = type.Place with { Part = value.Value };
        var fine = IsValue(value.Value, place, mistakes);
        if (Span.Version(value.Since.Version, "since", place, mistakes) is not { } version) return null;
        if (value is { After: not null, RenamedFrom: not null })
            mistakes.Add("KU-2116", place, "a renamed value keeps its place, so after says nothing.", "Remove after, or renamedFrom.");
        else if (life is not null && version <= life.Since)
            mistakes.Add("KU-2116", place, $"it begins at {version}, but the type itself begins at {life.Since}.",
                "Name it in Values, or give it a later version.");
        else if (life?.Till is { } till && version >= till)
            mistakes.Add("KU-2116", place, $"it begins at {version}, but the type ends at {till}.", "Remove it.");
        else return fine ? version : null;
        return null;
    }

    private static bool IsValue(string? value, Place place, Mistakes mistakes)
    {
        var fault = value is null or "" ? "is empty"
            : !PostgresName.IsText(value) || value.Contains('\0') ? "has a character that PostgreSQL does not know"
            : Encoding.UTF8.GetByteCount(value) > PostgresName.MaxBytes ? $"is longer than {PostgresName.MaxBytes} bytes" : null;
        if (fault is not null)
            mistakes.Add("KU-2116", place,
                $"the value '{Printable.Beginning(value ?? "", 80)}' {fault}.", $"Write 1 to {PostgresName.MaxBytes} bytes.");
        return fault is null;
    }
}
