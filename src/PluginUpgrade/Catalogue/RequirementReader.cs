using System.Reflection.Metadata;

namespace PluginUpgrade.Catalogue;

/// <param name="Attribute">The attribute as the author wrote it.</param>
/// <param name="Why">The end of a sentence that begins with the attribute.</param>
internal sealed record RequirementFault(string Code, string Attribute, string Why, string Remedy);

/// <summary>Reads <c>[Requires…]</c> of a class and its base classes from metadata.</summary>
internal static class RequirementReader
{
    private static readonly string[] Attributes =
    [
        nameof(RequiresVersionAttribute), nameof(RequiresExtensionAttribute), nameof(RequiresSettingAttribute),
        nameof(RequiresQueryAttribute), nameof(RequiresExactlyAttribute),
    ];

    /// <param name="version">The module's own version.</param>
    /// <param name="wrong">Called for each requirement that makes no sense.</param>
    public static IReadOnlyList<Requirement> Read(List<Ancestor> ancestors, UpgradeVersion version, Action<RequirementFault> wrong)
    {
        List<Requirement>? found = null;
        var isExact = false;
        foreach (var ancestor in ancestors)
            foreach (var (name, value) in ModuleAttributeReader.SdkAttributes(ancestor.Type, Attributes))
            {
                // A class's own replaces that of its base class: no target could meet both.
                if (name == nameof(RequiresExactlyAttribute) && isExact) continue;
                isExact |= name == nameof(RequiresExactlyAttribute);
                var (requirement, fault) = Decode(name, value, version);
                if (fault is not null) wrong(fault);
                else (found ??= []).Add(requirement!);
            }
        return found ?? (IReadOnlyList<Requirement>)[];
    }

    private static (Requirement?, RequirementFault?) Decode(string name, BlobReader value, UpgradeVersion version)
    {
        var two = name is nameof(RequiresSettingAttribute) or nameof(RequiresQueryAttribute);
        var (texts, properties) = ModuleAttributeReader.Texts(value, two ? 2 : 1);
        return name switch
        {
            nameof(RequiresVersionAttribute) => Version("KU-2040", "RequiresVersion", texts[0], version),
            nameof(RequiresExactlyAttribute) => Version("KU-2044", "RequiresExactly", texts[0], version),
            nameof(RequiresExtensionAttribute) =>
                Extension(texts[0], properties.GetValueOrDefault(nameof(RequiresExtensionAttribute.MinimumVersion), "")),
            nameof(RequiresSettingAttribute) => Setting(texts[0], texts[1]),
            _ => Query(texts[0], texts[1]),
        };
    }

    private static (Requirement?, RequirementFault?) Version(string code, string name, string text, UpgradeVersion own)
    {
        var attribute = $"{name}(\"{text}\")";
        if (!UpgradeVersion.TryParse(text, out var version))
            return Fault(code, attribute, "which is not a version", "Write whole numbers with dots between them, such as 1.001.");
        if (version < own) return (code == "KU-2044" ? new Requirement.Exactly(version) : new Requirement.AtLeast(version), null);
        return Fault(code, attribute, $"which is not older than its own version {own}: no target could have had it",
                "Name an earlier version.");
    }

    private static (Requirement?, RequirementFault?) Extension(string name, string minimum)
    {
        var attribute = $"RequiresExtension(\"{name}\"{(minimum.Length > 0 ? $", MinimumVersion = \"{minimum}\"" : "")})";
        if (string.IsNullOrWhiteSpace(name)) return Fault("KU-2041", attribute, "which names no extension", "Name it, such as pg_trgm.");
        if (minimum.Length == 0) return (new Requirement.Extension(name, null), null);
        return UpgradeVersion.TryParse(minimum, out var version) ? (new Requirement.Extension(name, version), null)
            : Fault("KU-2041", attribute, $"and '{minimum}' is not a version", "Write whole numbers with dots between them, such as 1.6.");
    }

    private static (Requirement?, RequirementFault?) Setting(string name, string value) =>
        string.IsNullOrWhiteSpace(name) || name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? Fault("KU-2042", $"RequiresSetting(\"{name}\", \"{value}\")", "which names no setting", "Name it, such as wal_level.")
            : (new Requirement.Setting(name, value), null);

    private static (Requirement?, RequirementFault?) Query(string sql, string why)
    {
        var attribute = $"RequiresQuery(\"{sql}\", \"{why}\")";
        if (string.IsNullOrWhiteSpace(sql)) return Fault("KU-2043", attribute, "which has no query", "Write a query that returns true.");
        return string.IsNullOrWhiteSpace(why)
            ? Fault("KU-2043", attribute, "which does not say what must be true",
                "Say it in a sentence, for the operator who has to fix it.")
            : (new Requirement.Query(sql, why), null);
    }

    private static (Requirement?, RequirementFault?) Fault(string code, string attribute, string why, string remedy) =>
        (null, new RequirementFault(code, attribute, why, remedy));
}
