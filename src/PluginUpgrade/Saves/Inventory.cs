using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves;

/// <summary>One object, as it was saved or as it is.</summary>
/// <param name="Space">Its schema; empty if it has none.</param>
/// <param name="Name">With its kind: <c>table acme.story</c>.</param>
/// <param name="Definition">A digest, comparable between servers of one major version.</param>
/// <param name="State">Owner, row security, whether a trigger is enabled; as text.</param>
/// <param name="Rights">As the server writes them; empty if they are the defaults of such an object.</param>
public sealed record InventoryItem(string Space, string Name, string Definition, string State, string Rights);

/// <summary>The contents of schemas or a database: recorded with a save, and compared before a restore takes effect.</summary>
/// <param name="Major">The server's major version.</param>
/// <param name="IsWhole">False if something changed during the save: then a missing object proves nothing.</param>
public sealed record Inventory(int Major, bool IsWhole, IReadOnlyDictionary<string, InventoryItem> Items)
{
    private const string Heading = "krang-upgrade inventory 1";

    /// <param name="schemas">Null: the whole database.</param>
    public static async Task<Inventory> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string>? schemas, CancellationToken cancellationToken)
    {
        Dictionary<string, InventoryItem> items = [];
        var schemasOrAll = new NpgsqlParameter { Value = schemas is null ? DBNull.Value : Sql.Array(schemas), DataTypeName = "text" };
        await using (var query = new NpgsqlCommand(InventorySql.Text, connection) { Parameters = { schemasOrAll }, CommandTimeout = 0 })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                items[reader.GetString(1)] = new InventoryItem(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4));
        foreach (var table in await ConfigurationTable.ReadAsync(connection, schemas, cancellationToken))
        {
            var name = $"rows of {table.Name}, of extension {table.Extension}";
            items[name] = new InventoryItem(table.Space, name, "", $"{await table.CountAsync(connection, cancellationToken)}", "");
        }
        return new Inventory(connection.PostgreSqlVersion.Major, true, items);
    }

    /// <summary>The objects that were the same both times.</summary>
    public Inventory And(Inventory later)
    {
        var same = Items.Where(item => later.Items.TryGetValue(item.Key, out var other) && other == item.Value).ToDictionary();
        return this with { IsWhole = IsWhole && same.Count == Items.Count && same.Count == later.Items.Count, Items = same };
    }

    public Inventory Of(string schema) => this with { Items = Items.Where(item => item.Value.Space == schema).ToDictionary() };

    /// <summary>What differs from the save, as text; empty if nothing does.</summary>
    public IReadOnlyList<string> Differences(Inventory now)
    {
        List<string> differences = [];
        foreach (var (name, was) in Items.OrderBy(item => item.Key, StringComparer.Ordinal))
            if (!now.Items.TryGetValue(name, out var item)) differences.Add($"{name} is missing");
            else if (item.State != was.State) differences.Add($"{name} is '{item.State}', but was '{was.State}'");
            else if (now.Major != Major) continue;
            else if (item.Definition != was.Definition) differences.Add($"{name} has another definition");
            else if (item.Rights != was.Rights) differences.Add($"{name} has the rights '{item.Rights}', but had '{was.Rights}'");
        if (!IsWhole || now.Major != Major) return differences;
        return [.. differences, .. now.Items.Keys.Except(Items.Keys).Order(StringComparer.Ordinal).Select(name => $"{name} is new")];
    }

    public IEnumerable<string> Lines() => Items.Values.OrderBy(item => item.Name, StringComparer.Ordinal)
        .Select(item => string.Join(
            '\t', Escaped(item.Space), Escaped(item.Name), item.Definition, Escaped(item.State), Escaped(item.Rights)))
        .Prepend($"{Heading}\t{Major}\t{(IsWhole ? "whole" : "part")}");

    /// <exception cref="FormatException">The lines are no inventory.</exception>
    public static Inventory Parse(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0 || lines[0].Split('\t') is not [Heading, var major, var part]
            || !int.TryParse(major, System.Globalization.CultureInfo.InvariantCulture, out var number))
            throw new FormatException("Its inventory is not valid.");
        var items = lines.Skip(1).Select(line => line.Split('\t') is [var space, var name, var definition, var state, var rights]
            ? new InventoryItem(Plain(space), Plain(name), definition, Plain(state), Plain(rights))
            : throw new FormatException("Its inventory is damaged."));
        return new Inventory(number, part == "whole", items.ToDictionary(item => item.Name));
    }

    private static string Escaped(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("\t", @"\t", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("\r", @"\r", StringComparison.Ordinal);

    private static string Plain(string text)
    {
        var plain = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            plain.Append(text[i] != '\\' || ++i == text.Length ? text[Math.Min(i, text.Length - 1)]
                : text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', var other => other });
        return plain.ToString();
    }
}
