using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Tests.Saves;

/// <summary>What an archive says of schemas themselves, by their names as they are and not as a list shows them.</summary>
public class SchemasOfAnArchive
{
    [Fact]
    public void Are_told_apart_where_a_list_shows_the_same_words()
    {
        var schemas = SchemasOf(
        [
            "SET client_encoding = 'UTF8'", "CREATE SCHEMA a", "ALTER SCHEMA a OWNER TO \"b c\"",
            "CREATE SCHEMA \"a b\"", "ALTER SCHEMA \"a b\" OWNER TO c", "CREATE SCHEMA \"x\"\"; y\n\"",
            "COMMENT ON SCHEMA \"a b\" IS 'CREATE SCHEMA z'", "GRANT USAGE ON SCHEMA \"x\"\"; y\n\" TO r",
            "REVOKE ALL ON SCHEMA a FROM PUBLIC",
        ]);

        Assert.Equal(["a", "a b", "x\"; y\n"], schemas.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("ALTER SCHEMA a OWNER TO \"b c\"", schemas["a"].Owner);
        Assert.Equal(["REVOKE ALL ON SCHEMA a FROM PUBLIC"], schemas["a"].Rest);
        Assert.Equal("ALTER SCHEMA \"a b\" OWNER TO c", schemas["a b"].Owner);
        Assert.Equal(["COMMENT ON SCHEMA \"a b\" IS 'CREATE SCHEMA z'"], schemas["a b"].Rest);
        Assert.Single(schemas["x\"; y\n"].Rest);
    }

    [Fact]
    public void Keep_who_has_granted_what()
    {
        var schemas = SchemasOf(
        [
            "CREATE SCHEMA a", "GRANT USAGE ON SCHEMA a TO x WITH GRANT OPTION", "SET SESSION AUTHORIZATION x",
            "GRANT USAGE ON SCHEMA a TO y", "RESET SESSION AUTHORIZATION", "GRANT CREATE ON SCHEMA a TO z",
        ]);

        Assert.Equal(
        [
            "GRANT USAGE ON SCHEMA a TO x WITH GRANT OPTION", "SET SESSION AUTHORIZATION x", "GRANT USAGE ON SCHEMA a TO y",
            "RESET SESSION AUTHORIZATION", "GRANT CREATE ON SCHEMA a TO z",
        ], schemas["a"].Rest);
    }

    private static Dictionary<string, SchemaFrame> SchemasOf(IEnumerable<string> statements) =>
        ArchiveReader.SchemasOf(statements.Select(statement => new DumpStatement(statement, null)));
}
