using PluginUpgrade.Restores;

namespace PluginUpgrade.Tests.Saves;

/// <summary>Read from statements as pg_dump writes them: what a plain role cannot do is known before anything is done.</summary>
public class WhatARestoreNeeds
{
    [Theory]
    [InlineData("ALTER TABLE acme.t OWNER TO jane", "jane")]
    [InlineData("ALTER FUNCTION acme.\"f; OWNER TO x\"(integer) OWNER TO \"jane \"\"d\"\"\"", "jane \"d\"")]
    [InlineData("ALTER LARGE OBJECT 4711 OWNER TO jane", "jane")]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE jane IN SCHEMA acme GRANT SELECT ON TABLES  TO reader", "jane")]
    public void E4_owners_of_what_it_makes(string statement, string role) => Assert.Equal([role], Needs(statement).Owners.Keys);

    [Fact]
    public void E4_roles_that_grant_themselves_and_those_that_are_given_something()
    {
        var needs = Needs("SET SESSION AUTHORIZATION jane", "GRANT SELECT ON TABLE acme.t TO reader WITH GRANT OPTION",
            "RESET SESSION AUTHORIZATION", "REVOKE USAGE ON SCHEMA public FROM PUBLIC");

        Assert.Equal(["jane"], needs.Grantors.Keys);
        Assert.Equal(["reader"], needs.Grantees.Keys);
    }

    [Theory]
    [InlineData("CREATE EVENT TRIGGER e ON ddl_command_end\n   EXECUTE FUNCTION public.e()")]
    [InlineData("CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, update, delete, truncate')")]
    [InlineData("CREATE FUNCTION acme.f() RETURNS integer\n    LANGUAGE c STRICT\n    AS '$libdir/f', 'f'")]
    [InlineData("CREATE FUNCTION acme.f() RETURNS integer\n    LANGUAGE sql IMMUTABLE LEAKPROOF\n    AS 'SELECT 1'")]
    [InlineData("CREATE OPERATOR CLASS acme.o\n    FOR TYPE integer USING btree AS\n    OPERATOR 1 <(integer,integer)")]
    public void E4_what_none_but_superusers_may_do(string statement) => Assert.Equal([statement], Needs(statement).OfSuperusers);

    [Theory]
    [InlineData("CREATE PUBLICATION p WITH (publish = 'insert')")]
    [InlineData("CREATE FUNCTION acme.f() RETURNS text\n    LANGUAGE sql\n    AS 'SELECT ''LANGUAGE c '''")]
    [InlineData("CREATE TABLE acme.t (\n    c text DEFAULT 'CREATE EVENT TRIGGER '::text\n)")]
    public void E4_what_everybody_may_do(string statement) => Assert.Empty(Needs(statement).OfSuperusers);

    [Fact]
    public void E4_settings_tablespaces_and_extensions()
    {
        var needs = Needs("ALTER DATABASE \"my db\" SET log_statement TO 'ddl'", "ALTER ROLE jane IN DATABASE x SET work_mem TO '7MB'",
            "CREATE FUNCTION acme.f() RETURNS integer\n    LANGUAGE sql\n    SET log_min_messages TO 'warning'\n    AS 'SELECT 1'",
            "SET default_tablespace = ''", "SET default_tablespace = fast", "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public");

        Assert.Equal(["log_min_messages", "log_statement", "work_mem"], needs.Settings.Keys.Order());
        Assert.Equal(["jane"], needs.SetRoles.Keys);
        Assert.Equal(["fast"], needs.Tablespaces.Keys);
        Assert.Equal(["citext"], needs.Extensions.Keys);
    }

    private static RestoreNeeds Needs(params string[] statements)
    {
        var needs = new RestoreNeeds();
        foreach (var statement in statements) needs.Add(statement);
        return needs;
    }
}
