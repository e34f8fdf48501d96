using Npgsql;
using PluginUpgrade;

namespace Asking;

/// <summary>
/// What a version does is in its settings, for <c>Installation</c> and <c>Instance</c>: <c>"V1_001": { "Instance": { "Do": "SQL",
/// "Prepare": "SELECT 1", "Read": "SELECT ...", "Odd": "starve", "OddOn": { "acme": "nul" } } }</c>. The values that it reads are added to
/// the table <c>told.seen</c>.
/// </summary>
internal static class Wish
{
    public static async Task DoAsync(UpgradeContext context, string hook, string name, CancellationToken cancellationToken)
    {
        if (context.Settings[$"{hook}:Prepare"] is { } prepared) await PrepareAsync(context, prepared, cancellationToken);
        if (context.Settings[$"{hook}:Read"] is { } query) await ReadAsync(context, query, cancellationToken);
        if (context.Settings[$"{hook}:Do"] is { } sql) await context.ExecuteAsync(sql, cancellationToken);
        if (context.Settings[$"{hook}:Deaf"] is { } deaf) await context.ExecuteAsync(deaf, CancellationToken.None);
        if ((context.Settings[$"{hook}:OddOn:{name}"] ?? context.Settings[$"{hook}:Odd"]) is { } odd)
            await Odd.DoAsync(odd, cancellationToken);
    }

    private static async Task PrepareAsync(UpgradeContext context, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, context.Connection);
        await command.PrepareAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task ReadAsync(UpgradeContext context, string query, CancellationToken cancellationToken)
    {
        List<string> values = [];
        await using (var command = new NpgsqlCommand(query, context.Connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                for (var i = 0; i < reader.FieldCount; i++) values.Add(Text(reader.GetValue(i)));
        foreach (var value in values)
        {
            await using var write = new NpgsqlCommand("INSERT INTO told.seen VALUES ($1)", context.Connection)
            {
                Parameters = { new() { Value = value } },
            };
            await write.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static string Text(object value) => value is Array several ? string.Join(',', several.Cast<object>()) : $"{value}";
}
