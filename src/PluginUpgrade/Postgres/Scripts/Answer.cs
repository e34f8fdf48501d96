using Npgsql;

namespace PluginUpgrade.Postgres.Scripts;

/// <summary>The first value of a user's query. It should be true or false, but may be of any type.</summary>
internal static class Answer
{
    /// <returns>The value; a text that names its type if it cannot be shown; null without a column or a row.</returns>
    public static async Task<object?> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (reader.FieldCount == 0 || !await reader.ReadAsync(cancellationToken)) return null;
        try
        {
            return reader.GetValue(0) is var value and not Array ? value : Unshown(reader);
        }
        catch (Exception e) when (e is InvalidCastException or OverflowException or NotSupportedException or ArgumentException)
        {
            return Unshown(reader);
        }
    }

    /// <summary>
    /// Without the type's schema, so that the same answer of many instances is one. Npgsql's name of a type that it has not loaded is "-".
    /// </summary>
    private static string Unshown(NpgsqlDataReader reader) =>
        reader.GetPostgresType(0).Name is var type and not "-" ? $"a value of type {type}" : "a value of another type";
}
