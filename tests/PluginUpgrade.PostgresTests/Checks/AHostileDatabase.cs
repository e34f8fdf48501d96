using System.Text.RegularExpressions;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>
/// Its owner lays functions and operators of his own in front of all that we call: in public, in an instance's schema, and in one that the
/// database's search_path names before pg_catalog. One that is called counts that, also where its transaction is rolled back.
/// </summary>
public partial class AHostileDatabase(TestServer server)
{
    [Fact]
    public async Task E5g_has_none_of_its_functions_and_operators_called_by_any_verb()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        installation.Drop(
            Sample.Counting("V1_001") with { PerInstance = $"{Sample.Count("V1_001")}; CREATE TYPE mood AS ENUM ('fine')" },
            Sample.Counting("V1_002"),
            Sample.ForInstances("V1_003") with { PerInstance = "SELECT * FROM missing" });
        await LayShadowsAsync(installation, "evil, public, pg_catalog");
        Assert.Equal(["True"], await installation.QueryAsync(
            "SELECT count(*) > 400 FROM pg_proc WHERE pronamespace = 'evil'::regnamespace", Pinned(installation)));

        await CallAllAsync(installation);

        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002", "1.003 failed V1_003"], await JournalAsync(installation));
        Assert.Equal(["False"], await installation.QueryAsync("SELECT is_called FROM evil.calls", Pinned(installation)));
    }

    /// <summary>
    /// A pooler drops what is asked for at the login without a word, as many are told to for other programs' sake. There the driver would
    /// ask for types before anything can be said: it is given those that it needs until then.
    /// </summary>
    [Nightly]
    [Theory]
    [InlineData("ignore_startup_parameters = options")]
    [InlineData("")]
    public async Task E5g_has_none_called_behind_a_pooler_that_does_not_pass_on_the_path(string setting)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Drop(
            Sample.Counting("V1_001") with { PerInstance = $"{Sample.Count("V1_001")}; CREATE TYPE mood AS ENUM ('fine')" },
            Sample.Counting("V1_002"));
        await LayShadowsAsync(installation, "public");
        await using var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), "session", setting);
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        foreach (var verb in (string[][])[["status"], ["plan"], [], ["status"], ["history"]]) await installation.SucceedsAsync(verb);

        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await JournalAsync(installation));
        Assert.Equal(["False"], await installation.QueryAsync("SELECT is_called FROM evil.calls", Pinned(installation)));
    }

    /// <summary>Npgsql asks for a database's types, again where a step has made some, in its own words.</summary>
    [Theory]
    [InlineData("upgrade")]
    [InlineData("upgrade", "--atomic", "instance")]
    [InlineData("upgrade", "--dry-run")]
    public async Task E5g_has_none_called_where_a_step_made_types(params string[] verb)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(
            new ModuleSource("V1_001") { PerInstance = "CREATE TYPE mood AS ENUM ('fine')" },
            new ModuleSource("V1_002") { PerInstance = "CREATE TABLE m (m mood)" });
        await LayShadowsAsync(installation, "public");

        await installation.SucceedsAsync(verb);

        Assert.Equal(["False"], await installation.QueryAsync("SELECT is_called FROM evil.calls", Pinned(installation)));
    }

    [Fact]
    public async Task E5g_is_refused_behind_such_a_pooler_where_its_path_goes_before_pg_catalog()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await LayShadowsAsync(installation, "evil, pg_catalog");
        await using var bouncer = await PgBouncer.StartAsync(
            await server.StartedAsync(), "session", "ignore_startup_parameters = options");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        Assert.Contains("puts other objects before PostgreSQL's own", (await installation.RunAsync("status")).Output);
        foreach (var verb in (string[])["upgrade", "history"]) Assert.Contains("KU-3013", (await installation.RunAsync(verb)).Error);

        Assert.Equal(["False"], await installation.QueryAsync("SELECT is_called FROM evil.calls", Pinned(installation)));
    }

    private static async Task CallAllAsync(TestInstallation installation)
    {
        foreach (var verb in (string[][])[["status"], ["plan"], ["check"], ["modules"], ["upgrade", "--to", "1.002"]])
            await installation.SucceedsAsync(verb);
        Assert.Equal(1, (await installation.RunAsync("--yes", "upgrade")).ExitCode);
        foreach (var verb in (string[][])[["status"], ["history"], ["reset", "globex"], ["save", "globex"], ["saves"]])
            await installation.SucceedsAsync(verb);
        await installation.SucceedsAsync("restore", "globex", "--dry-run");
        await installation.SucceedsAsync("psql", "globex", "-c", "SELECT 1");
        Assert.Equal(1, (await installation.RunAsync("--dry-run", "upgrade", "globex")).ExitCode);
        Assert.Equal(2, (await installation.RunAsync("baseline", "1.002", "globex", "--yes")).ExitCode);
    }

    private static string Pinned(TestInstallation installation) => $"{installation.Database};Search Path=pg_catalog";

    private static Task<List<string>> JournalAsync(TestInstallation installation) => installation.QueryAsync(
        "SELECT version || ' ' || state || ' ' || module FROM acme.krang_upgrade_journal WHERE scope = 'instance' ORDER BY started_at",
        Pinned(installation));

    private static async Task LayShadowsAsync(TestInstallation installation, string path)
    {
        await installation.ExecuteAsync("CREATE SCHEMA evil; CREATE SEQUENCE evil.calls; GRANT ALL ON SCHEMA evil TO PUBLIC");
        foreach (var schema in (string[])["evil", "public", "acme"])
            await installation.ExecuteAsync(Shadows(schema), Pinned(installation));
        var database = new Npgsql.NpgsqlConnectionStringBuilder(installation.Database).Database!;
        await installation.ExecuteAsync($"ALTER DATABASE {database} SET search_path = {path}", Pinned(installation));
    }

    /// <summary>
    /// Of each function that is called anywhere in the sources: all that PostgreSQL has of that name, with real types for any polymorphic
    /// one, so that they fit better than the original. Of each operator: every pair of types.
    /// </summary>
    private static string Shadows(string schema) => $"""
        DO $do$
        DECLARE
          body text := $$ BEGIN PERFORM pg_catalog.nextval('evil.calls'); RAISE EXCEPTION 'a shadow was called'; END $$;
          f record; t text; o text; l text; r text;
        BEGIN
          SET LOCAL check_function_bodies = off;
          SET LOCAL client_min_messages = error;
          FOR f IN SELECT p.proname, p.pronargs, p.provariadic, pg_get_function_identity_arguments(p.oid) AS arguments
                   FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
                     AND p.proname = ANY ('{SqlNames()}'::text[]) LOOP
            FOREACH t IN ARRAY ARRAY['text', 'jsonb', 'integer', 'oid', 'name'] LOOP
              BEGIN
                EXECUTE format('CREATE FUNCTION {schema}.%I (%s) RETURNS boolean LANGUAGE plpgsql AS %L', f.proname,
                  regexp_replace(regexp_replace(regexp_replace(regexp_replace(f.arguments, 'anyarray|anycompatiblearray', t || '[]', 'g'),
                    '"any"|anyelement|anynonarray|anycompatible', t, 'g'), '(^|, )VARIADIC ', '\1', 'g'), ' ORDER BY ', ', ', 'g'), body);
              EXCEPTION WHEN OTHERS THEN NULL;
              END;
            END LOOP;
          END LOOP;
          FOREACH l IN ARRAY types() LOOP
            FOREACH r IN ARRAY types() LOOP
              EXECUTE format('CREATE FUNCTION {schema}.shadow_of_operators(%s, %s) RETURNS boolean LANGUAGE plpgsql AS %L', l, r, body);
              FOREACH o IN ARRAY string_to_array('= <> < > <= >= || + - * / ~ !~ ~~ !~~ @> -> ->>', ' ') LOOP
                EXECUTE format(
                  'CREATE OPERATOR {schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = {schema}.shadow_of_operators)', o, l, r);
              END LOOP;
            END LOOP;
          END LOOP;
        END $do$
        """.Replace("types()", "ARRAY['text', 'name', '\"char\"', 'oid', 'integer', 'bigint', 'boolean', 'regclass', 'jsonb', "
            + "'regproc', "
            + "'timestamptz', 'interval', 'xid8', 'double precision', 'text[]', 'pg_node_tree', 'oid[]']", StringComparison.Ordinal);

    /// <summary>Whatever looks like a call in the sources; what is no function of PostgreSQL's lays no shadow.</summary>
    private static string SqlNames()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "PluginUpgrade.sln"))) root = Path.GetDirectoryName(root)!;
        var names = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Calls().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct();
        return $"{{{string.Join(',', names.Append("version").Where(name => name != "nextval"))}}}";
    }

    [GeneratedRegex(@"\b([a-z_][a-z0-9_]*)\(")]
    private static partial Regex Calls();
}
