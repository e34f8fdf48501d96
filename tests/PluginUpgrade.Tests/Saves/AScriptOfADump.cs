using System.Text;
using PluginUpgrade.Restores.Archives;

namespace PluginUpgrade.Tests.Saves;

/// <summary>Statements and rows in what pg_restore writes, whatever is quoted in them, and wherever the buffer ends.</summary>
public class AScriptOfADump
{
    public static TheoryData<string> Statements =>
    [
        "SELECT 1",
        "SELECT ';', E'\\';''\\\\', 'it''s; \\', U&'\\0041;', x'1F'",
        "SELECT e'\\\\', type';'",
        "CREATE TABLE \"a;\"\"b'\" (\"--\" int, \"$$\" text)",
        "COMMENT ON TABLE t IS 'line\n\\.\n\\connect other\n--'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$ SELECT $1; $$;$$ $tag$ ';' $_$",
        "CREATE FUNCTION f() RETURNS int AS $$$1;$ $$",
        "CREATE FUNCTION s.f(x int) RETURNS int\n    BEGIN ATOMIC\n SELECT CASE WHEN x > 1 THEN 2 ELSE 3 END AS \"case\";\n " +
            "SELECT (CASE WHEN a.b THEN 1 END);\nEND",
        "CREATE OR REPLACE PROCEDURE s.p()\n    BEGIN ATOMIC\n INSERT INTO t DEFAULT VALUES;\nEND",
        "CREATE FUNCTION s.f() RETURNS int\n BEGIN -- ;\n /* ; */ ATOMIC\n SELECT 1 AS end;\n SELECT CASE WHEN b THEN 1 END end;\n " +
            "-- ;\n END",
        "SELECT E'a\\''\n -- c\n 'b\\'; c' || 'd\\'",
        "CREATE FUNCTION s.begin(atomic integer) RETURNS integer AS $$ begin end; $$",
        "CREATE FUNCTION begin.atomic() RETURNS integer AS $$ begin end; $$",
        "CREATE FUNCTION s.atomic(a.begin, b.atomic) RETURNS s.begin RETURN 1",
        "CREATE RULE r AS ON INSERT TO v DO INSTEAD ( INSERT INTO t VALUES (1);\n DELETE FROM t;\n)",
        "SELECT 1 /* ; /* ; */ ' ; */ + 2 -- ; '\n - 3",
        "SELECT a.\"end\", x$y$z, $1",
        "SELECT 'é', \"é€😀;\", $é$;$é$, $é€$ $é$ ; $é€$",
        "ALTER TABLE t ADD CHECK ((a ~ '\\d;'::text) AND (b->>'x' <> '') AND (5 - -1 > 0))",
        "SELECT '{\"a\": \"$tag$\"}'::jsonb -> 'a', ARRAY['$$', ';']",
    ];

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task Is_split_after_each_statement_and_nowhere_else(string statement)
    {
        for (var chunk = 1; chunk < 40; chunk++)
        {
            var script = Script($"-- Name: x\n\n{statement};\n\n--\n{statement};SELECT 2;\n", chunk);
            Assert.Equal(statement, await NextAsync(script));
            Assert.Equal(statement, await NextAsync(script));
            Assert.Equal("SELECT 2", await NextAsync(script));
            Assert.Null(await NextAsync(script));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1\t\\\\.\n")]
    [InlineData("\n\n\\\\.\n x\\.\n\\.x\n")]
    [InlineData("a;b'c$$\n\\N\n\r\n")]
    public async Task Hands_rows_on_as_they_are(string rows)
    {
        for (var chunk = 1; chunk < 40; chunk++)
        {
            var script = Script($"COPY t (a) FROM stdin;\n{rows}\\.\n\n\nSELECT 1;\n", chunk);
            Assert.Equal("COPY t (a) FROM stdin", await NextAsync(script));
            using var output = new MemoryStream();
            Assert.Equal(rows.Count(c => c == '\n'), await script.CopyRowsAsync(output, TestContext.Current.CancellationToken));
            Assert.Equal(rows, Encoding.UTF8.GetString(output.ToArray()));
            Assert.Equal("SELECT 1", await NextAsync(script));
            Assert.Null(await NextAsync(script));
        }
    }

    [Theory]
    [InlineData("\\connect other\nSELECT 1;")]
    [InlineData("\\! rm -rf /\n")]
    [InlineData("SELECT 1\n\\gexec\n;")]
    [InlineData("SELECT 1")]
    [InlineData("SELECT 'a;")]
    public async Task Is_refused_where_it_holds_commands_of_psql_or_is_cut_off(string text) =>
        await Assert.ThrowsAsync<FormatException>(async () => await NextAsync(Script(text, 7)));

    [Fact]
    public async Task Is_refused_where_it_is_cut_off_within_rows()
    {
        var script = Script("COPY t FROM stdin;\n1\n2\n", 5);
        await NextAsync(script);
        await Assert.ThrowsAsync<FormatException>(() => script.CopyRowsAsync(Stream.Null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Passes_over_what_newer_tools_write_for_psql()
    {
        var script = Script("\\restrict aZ09\n\n-- c\nSELECT 1;\n\\unrestrict aZ09\n\n", 3);
        Assert.Equal("SELECT 1", await NextAsync(script));
        Assert.Null(await NextAsync(script));
    }

    [Theory]
    [InlineData("EUC_JIS_2004")]
    [InlineData("SQL_ASCII")]
    [InlineData("MULE_INTERNAL")]
    public async Task Bytes_of_any_encoding_reach_the_server_as_they_are(string encoding)
    {
        byte[] statement = [.. "COMMENT ON TABLE t IS '"u8, 0xFF, 0xB0, 0xA1, .. ";'"u8];
        byte[] script = [.. Encoding.ASCII.GetBytes($"SET client_encoding = '{encoding}';\n"), .. statement, .. ";\nSELECT 1;\n"u8];
        var dump = new DumpScript(new Pieces(script, 5));

        Assert.Equal($"SET client_encoding = '{encoding}'", await NextAsync(dump));
        var sql = (await dump.NextAsync(TestContext.Current.CancellationToken))!.Value.Sql;

        Assert.True(Ascii.IsValid(sql));
        Assert.Contains(Convert.ToHexStringLower(statement), sql);
        Assert.Contains($"'{encoding}'", sql);
        Assert.Equal("SELECT 1", await NextAsync(dump));
    }

    [Fact]
    public async Task An_encoding_that_is_none_is_refused() => await Assert.ThrowsAsync<FormatException>(async () =>
        await NextAsync(Script("SET client_encoding = 'UTF8''; DROP TABLE t; --';\nSELECT 1;\n", 7)));

    private static DumpScript Script(string text, int chunk) => new(new Pieces(Encoding.UTF8.GetBytes(text), chunk));

    private static async Task<string?> NextAsync(DumpScript script) =>
        (await script.NextAsync(TestContext.Current.CancellationToken))?.Text;

    /// <summary>A pipe that gives so many bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
