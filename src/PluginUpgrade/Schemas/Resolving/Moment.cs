using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

/// <summary>Where in its slice a change is made.</summary>
internal enum Part
{
    AddValue,
    Rename,
    CreateType,
    CreateTable,
    CreateIndex,
    ChangeColumn,
    AddColumn,
    Comment,
    AddCheck,
    AddForeignKey,
    Fill,
    Validate,
    SetNotNull,
    DropForeignKeyBeforeKeys,
    AddKey,
    AddIndex,
    AddForeignKeyAfterModule,
    ValidateAfterKeys,
    DropForeignKey,
    DropConstraint,
    DropIndex,
    DropColumn,
    DropTable,
    DropType,
}

/// <summary>The schema at one version, and the changes that this version makes.</summary>
internal sealed class Moment(LiveSchema schema, UpgradeVersion version, Mistakes mistakes)
{
    private readonly List<(Part Part, SchemaChange Change)> _changes = [];

    public LiveSchema Schema => schema;

    public UpgradeVersion Version => version;

    /// <summary>Primary keys that give way to another in one statement.</summary>
    public HashSet<LiveKey> Replaced { get; } = [];

    public void Add(Part part, SchemaChange change) => _changes.Add((part, change));

    public void Mistake(string code, Place place, string message, string remedy) => mistakes.Add(code, place, message, remedy);

    public SchemaSlice Slice => new(version, [.. _changes.OrderBy(change => change.Part).Select(change => change.Change)]);

    /// <summary>A column by its name at this version.</summary>
    /// <returns>Null with a mistake, or where there is one already.</returns>
    public LiveColumn? Column(LiveTable table, string name, Place place)
    {
        if (table.Column(name) is { } column) return column;
        if (table.Item.Broken.Contains(name)) return null;
        var named = table.Item.Columns.Where(item => item.Name == name).ToList();
        if (table.Columns.Find(other => other.RenamedFrom?.Name == name) is { } renamed)
            Mistake("KU-2108", place, $"{name} is {renamed.Name} from {version} on.", $"Write \"{renamed.Name}\".");
        else if (named.Find(item => item.Life.Since > version) is { } later)
            Mistake("KU-2108", place, $"it needs column {name} at {version}, which begins only at {later.Life.Since}.",
                $"Write since: \"{later.Life.Since}\" or a later version.");
        else if (named.Count > 0)
            Mistake("KU-2108", place, $"it needs column {name} at {version}, which has ended at {named[^1].Life.Till}.",
                "Name another column, or remove it.");
        else
            Mistake("KU-2108", place,
                $"{table.Name} has no column {name}.", NearestWord.Of(name, table.Columns.Select(one => one.Name)) is { } near
                ? $"Did you mean {near}? Otherwise declare the column." : "Correct the name, or declare the column.");
        return null;
    }

    /// <returns>Null where one is missing.</returns>
    public IReadOnlyList<LiveColumn>? Columns(LiveTable table, IReadOnlyList<string> names, Place place)
    {
        var columns = names.Select(name => Column(table, name, place)).ToList();
        return columns.Contains(null) ? null : [.. columns.OfType<LiveColumn>()];
    }

    /// <summary>The columns that a piece of SQL names.</summary>
    public static IReadOnlyList<LiveColumn> Mentioned(LiveTable table, params IEnumerable<string?> texts) =>
        [.. texts.OfType<string>().SelectMany(SqlText.Names).Distinct().Select(table.Column).OfType<LiveColumn>()];

    /// <summary>A type as SQL, with the schema where it is declared.</summary>
    public ColumnType Type(string text, Place place)
    {
        var name = SqlText.PlainColumns(text).FirstOrDefault();
        if (name is null || !IsOneName(text)) return new ColumnType(text);
        if (schema.Enums.Exists(type => type.Name == name)) return new ColumnType(text, name);
        if (schema.EnumItems.FirstOrDefault(type => type.Name == name) is { } item && !schema.BrokenEnums.Contains(name))
            Mistake("KU-2109", place, $"it needs type {name} at {version}, {(item.Life.Since > version
                ? $"which begins only at {item.Life.Since}." : $"which ends at {item.Life.Till}.")}",
                "Let it begin at a version that has the type, or use another type.");
        return new ColumnType(text);
    }

    private static bool IsOneName(string text)
    {
        var trimmed = text.Trim();
        var array = trimmed.IndexOf('[', StringComparison.Ordinal);
        var name = (array < 0 ? trimmed : trimmed[..array]).Trim();
        return name is ['"', .., '"'] || name.All(c => char.IsLetterOrDigit(c) || c is '_' or '$');
    }
}
