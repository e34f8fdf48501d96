using System.Text.Json.Nodes;
using PluginUpgrade.PostgresTests.Steps;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>What a module gives to ExecuteAsync is split where PostgreSQL itself would, and each statement is sent by itself.</summary>
public class SqlOfAModule(TestServer server)
{
    private const string Body = "BEGIN ATOMIC INSERT INTO t SELECT CASE WHEN true THEN 1 END AS end; SELECT count(*) FROM t; END";

    /// <summary>SQL, and the rows of table t in the end.</summary>
    public static readonly TheoryData<string, string> Texts = new()
    {
        { $"CREATE FUNCTION f() RETURNS bigint LANGUAGE sql {Body}; SELECT f(); SELECT f()", "1,1" },
        { "CREATE OR REPLACE PROCEDURE p() BEGIN -- ;\n ATOMIC INSERT INTO t VALUES (4); END; CALL p();", "4" },
        { @"SELECT E'it''s \' ; x'; INSERT INTO t VALUES (length(E'\';'));", "2" },
        { "INSERT INTO t VALUES (length(E'a\\''\n 'b\\'; c')); INSERT INTO t VALUES (1)", "1,7" },
        { @"SET standard_conforming_strings = off; INSERT INTO t VALUES (length('\'; ')); INSERT INTO t VALUES (9)", "3,9" },
        { @"INSERT INTO t VALUES (length('\')); INSERT INTO t VALUES (2); SELECT ';'", "1,2" },
        { "\uFEFFINSERT INTO t VALUES (1);\n\uFEFFINSERT INTO t VALUES (2)", "1,2" },
        { "DO $é$ BEGIN INSERT INTO t VALUES (1); END $é$; /* ; /* ; */ ; */ ;;; INSERT INTO t VALUES (2) -- ;", "1,2" },
        {
            "CREATE RULE r AS ON INSERT TO u DO INSTEAD (INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)); INSERT INTO u VALUES (0)",
            "1,2"
        },
        { "", "" },
        { "-- nothing;\n/* ; */ ;", "" },
        { string.Concat(Enumerable.Repeat("INSERT INTO t VALUES (1);\n", 250)), string.Join(',', Enumerable.Repeat(1, 250)) },
    };

    [Theory, MemberData(nameof(Texts))]
    public async Task G2b_is_split_exactly_in_a_transaction_and_outside_one(string sql, string rows)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        Assert.SkipWhen(sql.Contains("ATOMIC", StringComparison.Ordinal) && TestServer.Version.StartsWith("13", StringComparison.Ordinal),
            "PostgreSQL 13 knows no bodies that are SQL.");
        foreach (var schema in new[] { "acme", "globex" })
            await installation.ExecuteAsync($"CREATE TABLE {schema}.t (id int); CREATE TABLE {schema}.u (id int)");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = sql });
        installation.Drop(new ModuleSource("V1_002") { Version = "1.002", PerInstance = $"TRUNCATE t; {Again(sql)}", IsRepeatable = true });

        await installation.DoneAsync("--from", "1", "--to", "1.001", "--no-save");
        Assert.Equal([rows], await RowsAsync(installation));
        await installation.DoneAsync("--to", "1.002", "--no-save");
        Assert.Equal([rows], await RowsAsync(installation));
    }

    /// <summary>The same once more, over what the first module has made.</summary>
    private static string Again(string sql) => sql
        .Replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", StringComparison.Ordinal)
        .Replace("CREATE RULE", "CREATE OR REPLACE RULE", StringComparison.Ordinal);

    private static Task<List<string>> RowsAsync(TestInstallation installation) =>
        installation.QueryAsync("SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM acme.t");

    [Fact]
    public async Task G2b_two_indexes_are_built_concurrently_by_one_call()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE TABLE acme.t (a int, b int)");
        installation.Drop(new ModuleSource("V1_001")
        {
            Version = "1.001",
            IsRepeatable = true,
            PerInstance = "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a); CREATE INDEX CONCURRENTLY IF NOT EXISTS t_b ON t (b);",
        });

        await installation.DoneAsync("--from", "1", "--no-save");

        Assert.Equal(["2"], await installation.QueryAsync(
            "SELECT count(*) FROM pg_index WHERE indrelid = 'acme.t'::regclass AND indisvalid"));
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1);\n\\connect other\nINSERT INTO t VALUES (2)", "42601")]
    [InlineData("INSERT INTO t VALUES (1); SELECT 'open; INSERT INTO t VALUES (2)", "42601")]
    [InlineData("INSERT INTO t VALUES (1); SELECT 1/0; INSERT INTO t VALUES (2)", "22012")]
    public async Task G2b_that_is_wrong_is_refused_by_the_server_and_rolled_back(string sql, string state)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE TABLE acme.t (id int)");
        installation.Drop(new ModuleSource("V1_001") { PerInstance = sql });

        var result = await installation.RunAsync("--from", "1");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(state, result.Error);
        Assert.Equal(["0"], await installation.QueryAsync("SELECT count(*) FROM acme.t"));
    }

    /// <summary>What an operator or author writes as one query is sent as one, whatever is quoted in it.</summary>
    [Fact]
    public async Task G2b_queries_of_gates_are_sent_as_they_are()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Settings["Run"] = new JsonObject
        {
            ["Waves"] = new JsonArray("1", "all"),
            ["Gate"] = new JsonObject { ["Query"] = @"SELECT E'it''s \' ; x' <> ';';" },
        };
        installation.Drop(new ModuleSource("V1_001") { PerInstance = "CREATE TABLE t ()" });

        await installation.DoneAsync();

        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("globex"));
    }
}
