namespace PluginUpgrade.PostgresTests.Schemas;

internal sealed partial class RandomHistory
{
    private string? AddPart(int version)
    {
        if (AnyTable(version) is not { } table) return null;
        var columns = table.Columns.Where(column => column.IsAlive).OrderBy(_ => _random.Next()).Take(1 + _random.Next(2)).ToList();
        var part = _random.Next(4) switch
        {
            0 => new RandomPart(Name("u"), "unique", version, columns),
            1 => new RandomPart(Name("k"), "check", version, columns),
            2 when AnyTarget(version) is { } target => new RandomPart(Name("f"), "foreign", version, [ForReference(table, version)])
            {
                Target = target,
                To = target.PrimaryKey!,
            },
            _ => new RandomPart(Name("i"), "index", version, columns) { Variant = _random.Next(5) },
        };
        table.Parts.Add(part);
        return $"adds {part.Kind} {part.Name} to {table.Name}";
    }

    /// <summary>With a primary key that is not replaced at this version.</summary>
    private RandomTable? AnyTarget(int version) =>
        Any(_tables.Where(one => one.IsAlive && one.Touched < version && one.KeyTouched < version
            && one.PrimaryKey!.Columns[0].Identity));

    private RandomColumn ForReference(RandomTable table, int version)
    {
        var column = new RandomColumn(Name("r"), "bigint", version);
        table.Columns.Add(column);
        return column;
    }

    private string? EndPart(int version)
    {
        if (AnyTable(version) is not { } table) return null;
        var part = Any(table.Parts.Where(one => one.IsAlive && one.Touched < version && one.Kind != "primary"));
        part?.End(version);
        return part is null ? null : $"drops {part.Kind} {part.Name}";
    }

    private string? RenameIndex(int version)
    {
        if (AnyTable(version) is not { } table) return null;
        if (Any(table.Parts.Where(one => one is { IsAlive: true, Kind: "index" } && one.Touched < version)) is not { } index) return null;
        // The text of the old one names the columns as they were.
        if (index.Columns.Any(column => column.Touched == version)) return null;
        index.End(version);
        var renamed = index.Again(Name("i"), version);
        table.Parts.Add(renamed);
        return $"renames index {index.Name} to {renamed.Name}";
    }

    /// <summary>Foreign keys to the old one end.</summary>
    private string? ReplacePrimaryKey(int version)
    {
        if (AnyTable(version) is not { } table || table.PrimaryKey!.Touched >= version) return null;
        var other = Any(table.Columns.Where(column => column.IsAlive && column.Touched < version));
        var users = _tables.Where(one => one.IsAlive).SelectMany(one => one.Parts)
            .Where(part => part.To == table.PrimaryKey && part.IsAlive).ToList();
        if (other is null || users.Exists(part => part.Since == version)) return null;
        foreach (var part in users) part.End(version);
        table.PrimaryKey.End(version);
        table.KeyTouched = version;
        other.IsKey = true;
        table.PrimaryKey = new RandomPart(Name("p"), "primary", version, [other]);
        table.Parts.Add(table.PrimaryKey);
        return $"makes {table.Name}.{other.Name} the primary key";
    }

    /// <summary>Declared again under the new name, as it is at this version. What happens to it at the same version is left out.</summary>
    private string? RenameTable(int version)
    {
        if (AnyTable(version) is not { } table || table.HasChangesAt(version)) return null;
        var renamed = table.Continued(Name("t"), version);
        _tables.Add(renamed);
        var users = _tables.SelectMany(one => one.Parts).Where(part => part.IsAlive && part.RefersTo(table));
        foreach (var part in users)
            part.Retarget(renamed, version);
        return $"renames {table.Name} to {renamed.Name}";
    }

    private string? DropTable(int version)
    {
        if (AnyTable(version) is not { } table || table.HasChangesAt(version)) return null;
        var users = _tables.Where(one => one.IsAlive && one != table).SelectMany(one => one.Parts)
            .Where(part => part.IsAlive && part.RefersTo(table)).ToList();
        if (users.Exists(part => part.Since == version)) return null;
        foreach (var part in users) part.End(version);
        table.Till = table.Touched = version;
        return $"drops {table.Name}";
    }
}
