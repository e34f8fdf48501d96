using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// Statements that write comments of databases. The server itself copies what users wrote: a comment is stored in the encoding of the
/// database from which it was written, and may not be readable from another one.
/// </summary>
internal static class DatabaseComment
{
    /// <summary>Writes a note above the comment that the database has.</summary>
    public static string NoteSql(string database, KeptNote note) =>
        WriteSql(database, $"{Sql.Literal(note.InAscii())} || coalesce(E'\\n' || {FormerSql(database)}, '')");

    /// <summary>Gives one database the comment of another, without krang-upgrade's note.</summary>
    public static string CopySql(string from, string to) => WriteSql(to, FormerSql(from));

    /// <summary>Removes the note from a comment.</summary>
    public static string WithoutNoteSql(string database) => CopySql(database, database);

    public static string MarkSql(string database, string mark) =>
        $"COMMENT ON DATABASE {PostgresName.Quote(database)} IS {Sql.Literal(mark)}";

    private static string WriteSql(string database, string expression) => $"""
        DO $krang$ BEGIN
          EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', {Sql.Literal(database)}::text, ({expression}));
        END $krang$
        """;

    /// <summary>What users wrote: the lines after krang-upgrade's.</summary>
    private static string FormerSql(string database) => $"""
        (SELECT CASE WHEN NOT pg_catalog.starts_with(c.text, {Sql.Literal(KeptNote.Mark)}) THEN c.text
                  WHEN pg_catalog.strpos(c.text, E'\n') > 0 THEN pg_catalog.substr(c.text, pg_catalog.strpos(c.text, E'\n') + 1) END
         FROM pg_catalog.pg_database d
         CROSS JOIN LATERAL (SELECT pg_catalog.shobj_description(d.oid, 'pg_database') AS text) AS c
         WHERE d.datname = {Sql.Literal(database)})
        """;
}
