using PluginUpgrade.Schemas.Reading;
using PluginUpgrade.Schemas.Resolving;

namespace PluginUpgrade.Schemas;

/// <summary>What declarations say together.</summary>
public static class SchemaHistories
{
    /// <summary>
    /// One history for each component and kind of target. A component with mistakes has none.
    /// </summary>
    /// <param name="declarations">Of one version, things are made in their order.</param>
    public static (IReadOnlyList<SchemaHistory> Histories, IReadOnlyList<SchemaMistake> Mistakes) Of(
        IReadOnlyList<DeclaredSchema> declarations)
    {
        List<SchemaHistory> histories = [];
        List<SchemaMistake> mistakes = [];
        foreach (var component in declarations.GroupBy(declaration => declaration.Component))
        {
            var found = new Mistakes(component.Key);
            foreach (var declaration in component.Where(one => one is { Installation: false, Instances: false }))
                found.Add("KU-2119", new Place(declaration), "it applies neither to the installation nor to instances, so to nothing.",
                    "Remove Instances = false, or write Installation = true.");
            var read = Enum.GetValues<Scope>()
                .Select(scope => Read(scope, [.. component.Where(one => one.AppliesTo(scope))], found)).ToList();
            if (found.Found.Count == 0) histories.AddRange(read.OfType<SchemaHistory>());
            mistakes.AddRange(found.Found);
        }
        return (histories, mistakes);
    }

    private static SchemaHistory? Read(Scope scope, IReadOnlyList<DeclaredSchema> declarations, Mistakes mistakes)
    {
        if (declarations is not [var first, ..]) return null;
        foreach (var other in declarations.Where(one => one.Complete != first.Complete))
            mistakes.Add("KU-2118", new Place(other),
                $"it is {(other.Complete ? "" : "not ")}Complete, but {first.ClassName}, of the same schema, is"
                + $"{(first.Complete ? "" : " not")}.", "Write the same in both: together they are the whole schema, or not.");
        var current = Current(declarations, mistakes);
        var items = DeclarationReader.Read(declarations, mistakes);
        var slices = Timeline.Slices(items, first.Complete, mistakes);
        return new SchemaHistory(first.Component, scope)
        {
            Name = string.Join('+', declarations.Select(declaration => declaration.ShortName)),
            Slices = slices,
            IsComplete = first.Complete,
            Current = current ?? Newest(items),
        };
    }

    private static UpgradeVersion? Current(IReadOnlyList<DeclaredSchema> declarations, Mistakes mistakes)
    {
        UpgradeVersion? current = null;
        foreach (var declaration in declarations.Where(declaration => declaration.Current.Length > 0))
        {
            if (Span.Version(declaration.Current, "Current", new Place(declaration), mistakes) is not { } version) continue;
            if (current is { } other && other != version)
                mistakes.Add("KU-2118", new Place(declaration),
                    $"Current is {version}, but another declaration of the same schema says {other}.",
                    "Write the same in both, or in one of them only.");
            current ??= version;
        }
        return current;
    }

    /// <summary>The newest version at which something begins or changes: one at which things only end is no default goal.</summary>
    private static UpgradeVersion? Newest(DeclaredItems items)
    {
        var begins = items.Tables.SelectMany(table => table.Contents.Prepend(table)).Concat(items.Enums)
            .Select(item => item.Life.Since).Concat(Timeline.Changes(items)).ToList();
        return begins.Count == 0 ? null : begins.Max();
    }
}
