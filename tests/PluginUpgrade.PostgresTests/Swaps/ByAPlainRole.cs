namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What a role that is no superuser lacks for an exchange is told before anything changes; with all of it, nothing is.</summary>
public class ByAPlainRole(TestServer server)
{
    private readonly string _role = $"plain_{Guid.NewGuid():N}", _other = $"other_{Guid.NewGuid():N}";

    /// <summary>The role owns the schema and what is in it, and may create another.</summary>
    private async Task<TwoSchemas> CreateAsync(string sql = "")
    {
        var schemas = await TwoSchemas.CreateAsync(server, $"""
            DROP SCHEMA acme__next; CREATE ROLE {_role} LOGIN; CREATE ROLE {_other}; ALTER SCHEMA acme OWNER TO {_role};
            SET ROLE {_role}; CREATE TABLE acme.story (id serial PRIMARY KEY); CREATE VIEW acme.v AS SELECT * FROM acme.story;
            CREATE FUNCTION acme.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE acme.mood AS ENUM ('sad'); RESET ROLE
            """);
        await schemas.ExecuteAsync($"GRANT CREATE ON DATABASE {PostgresName.Quote(schemas.Connection.Database)} TO {_role}");
        if (sql.Length > 0) await schemas.ExecuteAsync(sql.Replace("{0}", _role).Replace("{1}", _other));
        return schemas;
    }

    private async Task<IReadOnlyList<Problem>> FindAsync(TwoSchemas schemas)
    {
        // The test's own session is one that the role could not cancel.
        var found = await Preflights.FindAsync(Preflights.Module(), Preflights.Of(schemas.Database, TwoSchemas.Live, _role));
        Assert.Contains(found, problem => problem is { Code: "KU-8013", Severity: Severity.Warning });
        return [.. found.Where(problem => problem.Code != "KU-8013")];
    }

    [Fact]
    public async Task Nothing_is_lacking_where_it_owns_everything()
    {
        await using var schemas = await CreateAsync();
        Assert.Empty(await FindAsync(schemas));
        await schemas.ExecuteAsync($"GRANT pg_signal_backend TO {_role}");
        Assert.Empty(await Preflights.FindAsync(Preflights.Module(), Preflights.Of(schemas.Database, TwoSchemas.Live, _role)));
    }

    [Theory]
    [InlineData("KU-8010", "story of other_", "ALTER TABLE acme.story OWNER TO {1}")]
    [InlineData("KU-8010", "v of other_", "ALTER VIEW acme.v OWNER TO {1}")]
    [InlineData("KU-8010", "f of other_", "ALTER FUNCTION acme.f OWNER TO {1}")]
    [InlineData("KU-8010", "mood of other_", "ALTER TYPE acme.mood OWNER TO {1}")]
    [InlineData("KU-8010", "which has no right CREATE on the schema", "ALTER TABLE acme.story OWNER TO {1}; GRANT {1} TO {0}")]
    [InlineData("KU-8011", "the schema belongs to other_", "ALTER SCHEMA acme OWNER TO {1}; GRANT ALL ON SCHEMA acme TO {0}")]
    [InlineData("KU-8011", "no right CREATE on the database", """
        DO $$BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM {0}', current_database()); END$$
        """)]
    [InlineData("KU-8008", "hstore belongs to", "CREATE EXTENSION hstore SCHEMA acme")]
    public async Task Refuses(string code, string text, string sql)
    {
        await using var schemas = await CreateAsync(sql);

        var problem = Assert.Single(await FindAsync(schemas), problem => problem.Severity == Severity.Error);

        Assert.Equal(code, problem.Code);
        Assert.Contains(text, problem.Message);
    }

    [Fact]
    public async Task Publications_of_others_refuse()
    {
        await using var schemas = await CreateAsync("CREATE PUBLICATION p FOR TABLE acme.story");
        if (schemas.Connection.PostgreSqlVersion.Major >= 15)
            await schemas.ExecuteAsync($"CREATE PUBLICATION q FOR TABLES IN SCHEMA acme; ALTER PUBLICATION q OWNER TO {_role}");

        var problem = Assert.Single(await FindAsync(schemas), problem => problem.Severity == Severity.Error);

        Assert.Equal("KU-8007", problem.Code);
        Assert.Contains("follow the swap: p", problem.Message);
        if (schemas.Connection.PostgreSqlVersion.Major >= 15) Assert.Contains("q (TABLES IN SCHEMA)", problem.Message);
    }
}
