using PluginUpgrade.Swaps.Verifying;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>A role sees and may do after the swap what it saw and might do before.</summary>
public class RightsOfWhatWasBuilt(TestServer server)
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private static async Task CopyAsync(TwoSchemas schemas) => await schemas.ExecuteAsync(string.Join(";\n",
        (await BuildCheck.ReadAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Next, [], Token)).Statements.Append("SELECT")));

    /// <summary>Owners and rights of all objects of a schema, without what differs by the schema's name.</summary>
    private static async Task<List<string>> RightsAsync(TwoSchemas schemas, string schema) => await schemas.QueryAsync($"""
        SELECT 'table ' || relname || ' ' || relowner::regrole || ' ' || relrowsecurity || relforcerowsecurity || ' '
            || relreplident::text || ' '
            || ARRAY(SELECT a::text FROM unnest(coalesce(
                       relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) a
                     ORDER BY 1)::text
            || ARRAY(SELECT attname || attacl::text FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL ORDER BY 1)::text
        FROM pg_class c WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'v', 'S', 'm')
        UNION ALL
        SELECT 'function ' || proname || proowner::regrole
            || ARRAY(SELECT a::text FROM unnest(coalesce(proacl, acldefault('f', proowner))) a ORDER BY 1)::text
        FROM pg_proc WHERE pronamespace = '{schema}'::regnamespace
        UNION ALL
        SELECT 'type ' || typname || typowner::regrole
            || ARRAY(SELECT a::text FROM unnest(coalesce(typacl, acldefault('T', typowner))) a ORDER BY 1)::text
        FROM pg_type WHERE typnamespace = '{schema}'::regnamespace AND typtype = 'e'
        ORDER BY 1
        """);

    [Fact]
    public async Task Are_those_of_the_live_objects_of_the_same_name()
    {
        string owner = $"owner_{Guid.NewGuid():N}", reader = $"reader \"{Guid.NewGuid():N}\"", quoted = PostgresName.Quote(reader);
        const string Both = """
            CREATE TYPE {0}.mood AS ENUM ('sad'); CREATE TABLE {0}."A b" (id serial PRIMARY KEY, n int, m {0}.mood);
            CREATE VIEW {0}.v AS SELECT * FROM {0}."A b"; CREATE MATERIALIZED VIEW {0}.mv AS SELECT 1; CREATE SEQUENCE {0}.s;
            CREATE FUNCTION {0}.f(m {0}.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE PROCEDURE {0}.p() LANGUAGE sql AS 'SELECT 1';
            """;
        await using var schemas = await TwoSchemas.CreateAsync(server,
            Both.Replace("{0}", "acme", StringComparison.Ordinal) + Both.Replace("{0}", "acme__next", StringComparison.Ordinal));
        await schemas.ExecuteAsync($"""
            CREATE ROLE {owner}; CREATE ROLE {quoted}; ALTER TYPE acme.mood OWNER TO {owner};
            ALTER TABLE acme."A b" OWNER TO {owner}; ALTER VIEW acme.v OWNER TO {owner}; ALTER FUNCTION acme.f OWNER TO {owner};
            ALTER SEQUENCE acme.s OWNER TO {owner}; ALTER MATERIALIZED VIEW acme.mv OWNER TO {owner};
            GRANT SELECT, INSERT ON acme."A b", acme.v TO {quoted} WITH GRANT OPTION; GRANT UPDATE (n) ON acme."A b" TO {quoted};
            REVOKE DELETE ON acme."A b" FROM {owner}; GRANT USAGE ON SEQUENCE acme.s, acme."A b_id_seq" TO {quoted};
            REVOKE ALL ON FUNCTION acme.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION acme.f TO {quoted};
            REVOKE USAGE ON TYPE acme.mood FROM PUBLIC; REVOKE ALL ON PROCEDURE acme.p FROM PUBLIC;
            ALTER TABLE acme."A b" ENABLE ROW LEVEL SECURITY; ALTER TABLE acme."A b" FORCE ROW LEVEL SECURITY;
            ALTER TABLE acme."A b" REPLICA IDENTITY FULL
            """);
        var live = await RightsAsync(schemas, TwoSchemas.Live);
        Assert.NotEqual(live, await RightsAsync(schemas, TwoSchemas.Next));

        await CopyAsync(schemas);

        Assert.Equal(live, await RightsAsync(schemas, TwoSchemas.Next));
        Assert.Equal(live, await RightsAsync(schemas, TwoSchemas.Live));
        // Nothing is left to copy.
        Assert.Empty((await BuildCheck.ReadAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Next, [], Token)).Statements);
    }

    [Fact]
    public async Task What_the_build_granted_itself_stays()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, """
            CREATE TABLE acme.t (); CREATE TABLE acme__next.t (); GRANT SELECT ON acme__next.t TO PUBLIC
            """);
        await CopyAsync(schemas);
        Assert.Equal(["t"], await schemas.QueryAsync("SELECT has_table_privilege('pg_monitor', 'acme__next.t', 'SELECT')::text::char"));
    }
}
