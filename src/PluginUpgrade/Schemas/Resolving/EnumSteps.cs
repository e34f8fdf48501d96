using PluginUpgrade.Schemas.Changes;

namespace PluginUpgrade.Schemas.Resolving;

internal static class EnumSteps
{
    public static void Begin(Moment moment)
    {
        foreach (var type in moment.Schema.Enums)
        {
            var later = type.Item.Later.Where(one => one.Version == moment.Version).Select(one => one.Value).ToList();
            foreach (var value in later.Where(value => value.RenamedFrom is null)) Add(moment, type, value, later);
            foreach (var value in later.Where(value => value.RenamedFrom is not null)) Rename(moment, type, value);
        }
        foreach (var item in moment.Schema.EnumItems.Where(item => item.BeginsAt(moment.Version)))
        {
            if (moment.Schema.Names.TakeType(item.Name, $"type {item.Name}") is { } other)
                moment.Mistake("KU-2111", item.Place, $"at {moment.Version} the name is that of {other}.", "Choose another name.");
            moment.Schema.Enums.Add(new LiveEnum(item));
            moment.Add(Part.CreateType, new CreateType(item.Name, [.. item.Declared.Values]));
        }
    }

    /// <summary>Added values come first, so they are placed by the names before the version's renames.</summary>
    private static void Add(Moment moment, LiveEnum type, DeclaredEnumValue value, List<DeclaredEnumValue> later)
    {
        var place = type.Item.Place with { Part = value.Value };
        if (!type.Ever.Add(value.Value))
        {
            moment.Mistake("KU-2116", place, "the type has, or had, this value already.", "Choose another one, or remove it.");
            return;
        }
        var after = later.Find(other => other.RenamedFrom is not null && other.Value == value.After)?.RenamedFrom ?? value.After;
        if (after is not null && !type.Values.Contains(after))
            moment.Mistake("KU-2116", place, $"after: \"{value.After}\" is no value of the type at {moment.Version}.",
                NearestWord.Of(after, type.Values) is { } near ? $"Did you mean {near}?" : "Name one that it has, or leave out after.");
        var last = type.Values.LastOrDefault();
        var at = after is null ? -1 : type.Values.IndexOf(after);
        type.Values.Insert(at < 0 ? type.Values.Count : at + 1, value.Value);
        moment.Add(Part.AddValue, new AddValue(type.Name, value.Value, after, last));
    }

    private static void Rename(Moment moment, LiveEnum type, DeclaredEnumValue value)
    {
        var place = type.Item.Place with { Part = value.Value };
        var at = type.Values.IndexOf(value.RenamedFrom!);
        if (at < 0)
            moment.Mistake("KU-2116", place, $"it is renamed from {value.RenamedFrom}, which is no value of the type at {moment.Version}.",
                NearestWord.Of(value.RenamedFrom!, type.Values) is { } near ? $"Did you mean {near}?" : "Correct renamedFrom.");
        else if (type.Values.Contains(value.Value))
            moment.Mistake("KU-2116", place, $"the type has this value already at {moment.Version}.", "Choose another one.");
        else
        {
            type.Ever.Add(value.Value);
            type.Values[at] = value.Value;
            moment.Add(Part.Rename, new RenameValue(type.Name, value.RenamedFrom!, value.Value));
        }
    }

    public static void End(Moment moment)
    {
        foreach (var type in moment.Schema.Enums.Where(type => type.Item.EndsAt(moment.Version)).ToList())
        {
            foreach (var table in moment.Schema.Tables)
                foreach (var column in table.Columns.Where(column => column.Type.Enum == type.Name))
                    moment.Mistake("KU-2110", type.Item.Place,
                        $"it ends at {moment.Version}, but column {table.Name}.{column.Name} is of this type.",
                        $"Give the column another type or till: \"{moment.Version}\", or let the type live longer.");
            moment.Add(Part.DropType, new DropType(type.Name));
            moment.Schema.Names.FreeType(type.Name);
            moment.Schema.Enums.Remove(type);
        }
    }
}
