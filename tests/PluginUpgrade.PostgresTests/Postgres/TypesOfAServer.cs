using Npgsql;
using Npgsql.PostgresTypes;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.PostgresTests.Postgres;

/// <summary>
/// Connections of lanes are given the server's own types, which are read once, in place of what Npgsql loads of each database. Whatever a
/// module reads or writes must be the same either way.
/// </summary>
public class TypesOfAServer(TestServer server)
{
    private static ConnectionSettings Settings => new("types", TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Are_those_that_Npgsql_loads()
    {
        var database = await server.CreateDatabaseAsync();
        await using var loaded = new NpgsqlConnection(database);
        await loaded.OpenAsync(Token);
        using var slot = new ConnectionSlot(_ => { });
        await using var given = await slot.OpenAsync(database, Settings, Token);
        var names = await NamesAsync(loaded);

        Assert.True(names.Count > 300, $"{names.Count} types");
        var expected = await ShownAsync(loaded, names);
        Assert.Equal(expected, await ShownAsync(given, names));
        // Else both would be the same because neither knows any: a type that only a whole load brings.
        Assert.Contains(expected, shown => shown.Contains("PostgresArrayType 1034 of pg_catalog.aclitem", StringComparison.Ordinal));
        Assert.True(given.PostgreSqlVersion == loaded.PostgreSqlVersion);
        slot.Close();
    }

    /// <summary>All kinds that Npgsql loads: whichever is there when a lane comes, its values are read.</summary>
    [Theory]
    [InlineData("CREATE TYPE own AS ENUM ('fine')", "SELECT 'fine'::own", "public.own")]
    [InlineData("CREATE TYPE own AS (a integer)", "SELECT ROW(1)::own", "public.own")]
    [InlineData("CREATE TYPE own AS RANGE (subtype = text)", "SELECT 'empty'::own", "public.own")]
    [InlineData("CREATE EXTENSION citext", "SELECT 'fine'::citext", "public.citext")]
    [InlineData("CREATE TYPE own AS RANGE (subtype = text)", "SELECT '{}'::own_multirange", "public.own_multirange")]
    [InlineData("CREATE SCHEMA far; CREATE TYPE far.own AS ENUM ('fine')", "SELECT array['fine'::far.own]", "far.own[]")]
    public async Task Are_not_all_where_the_database_has_its_own(string make, string ask, string type)
    {
        var settings = Settings;
        await PrepareAsync(await server.CreateDatabaseAsync(), "SELECT 1");
        var database = await server.CreateDatabaseAsync();
        await PrepareAsync(database, make);

        using var slot = new ConnectionSlot(_ => { });
        await using var connection = await slot.OpenAsync(database, settings, Token);
        await using var command = new NpgsqlCommand("SET search_path = public; " + ask, connection);
        await using var reader = await command.ExecuteReaderAsync(Token);

        Assert.Equal(type, reader.GetPostgresType(0).FullName);
        slot.Close();
    }

    /// <summary>Values of it are read as the type below; to be written as it, it must be known.</summary>
    [Theory]
    [InlineData("text", "fine")]
    [InlineData("text[]", new[] { "fine" })]
    public async Task Are_not_all_where_the_database_has_a_domain(string of, object value)
    {
        var database = await server.CreateDatabaseAsync();
        await PrepareAsync(database, $"CREATE DOMAIN own AS {of}");

        using var slot = new ConnectionSlot(_ => { });
        await using var connection = await slot.OpenAsync(database, Settings, Token);
        await using var command = new NpgsqlCommand("SELECT $1", connection)
        {
            Parameters = { new() { Value = value, DataTypeName = "public.own" } },
        };

        Assert.Equal(value, await command.ExecuteScalarAsync(Token));
        slot.Close();
    }

    private static async Task PrepareAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        await Sql.ExecuteAsync(connection, sql, Token);
    }

    /// <summary>Of all that a value can be of: pseudo-types are none.</summary>
    private static async Task<List<string>> NamesAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT pg_catalog.format('%I.%I', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
            + "WHERE t.typtype <> 'p' AND n.nspname !~ '^pg_toast' ORDER BY 1", connection);
        await using var reader = await command.ExecuteReaderAsync(Token);
        List<string> names = [];
        while (await reader.ReadAsync(Token)) names.Add(reader.GetString(0));
        return names;
    }

    private static async Task<List<string>> ShownAsync(NpgsqlConnection connection, List<string> names)
    {
        List<string> shown = [];
        foreach (var some in names.Chunk(100))
        {
            await using var command = new NpgsqlCommand($"SELECT {string.Join(", ", some.Select(name => $"NULL::{name}"))}", connection);
            // Not all can be sent as values are.
            await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly, Token);
            for (var i = 0; i < some.Length; i++)
                shown.Add($"{some[i]}: {Kind(reader.GetPostgresType(i))} {reader.GetDataTypeName(i)} {Read(() => reader.GetFieldType(i))}");
        }
        return shown;
    }

    private static string Kind(PostgresType type) => type switch
    {
        PostgresBaseType => $"PostgresBaseType {type.OID}",
        PostgresArrayType array => $"PostgresArrayType {type.OID} of {array.Element.FullName}",
        PostgresRangeType range => $"PostgresRangeType {type.OID} of {range.Subtype.FullName}",
        PostgresMultirangeType several => $"PostgresMultirangeType {type.OID} of {several.Subrange.FullName}",
        PostgresDomainType domain => $"PostgresDomainType {type.OID} of {domain.BaseType.FullName} {domain.NotNull}",
        _ => $"{type.GetType().Name} {type.OID}",
    };

    private static string Read(Func<Type> type)
    {
        try
        {
            return $"{type()}";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
