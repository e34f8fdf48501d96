using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>An instance with a database of its own, which is replaced as a whole.</summary>
public class RestoringADatabase(TestServer server)
{
    [Fact]
    public async Task B3_after_sabotage_gives_an_identical_dump_with_large_objects_settings_grants_and_owner()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "lone; db");
        await installation.ExecuteAsync(Everything.Around + Everything.Sql("public", await MajorAsync(lone)) + """
            SELECT lo_from_bytea(4711, 'large'); COMMENT ON LARGE OBJECT 4711 IS 'object';
            CREATE EXTENSION pgcrypto; CREATE SCHEMA "more;"; CREATE TABLE "more;".t (h bytea DEFAULT public.digest('x', 'md5'));
            ALTER DATABASE "lone; db" SET search_path = "$user", public, "more;"; ALTER DATABASE "lone; db" SET work_mem = '7MB';
            ALTER DATABASE "lone; db" SET krang.mood = 'it''s; ok'; ALTER ROLE restored_reader IN DATABASE "lone; db" SET search_path = '';
            ALTER DATABASE "lone; db" CONNECTION LIMIT 50; COMMENT ON DATABASE "lone; db" IS 'it''s';
            GRANT TEMPORARY ON DATABASE "lone; db" TO restored_reader;
            REVOKE CONNECT ON DATABASE "lone; db" FROM PUBLIC; ALTER DATABASE "lone; db" OWNER TO restored_owner;
            """, lone);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(lone);
        await installation.ExecuteAsync(Everything.Sabotage("public") +
            "SELECT lo_unlink(4711); DROP SCHEMA \"more;\" CASCADE; CREATE SCHEMA other", lone);

        var result = await installation.SucceedsAsync("restore", "lone", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(lone));
        Assert.Empty(await LeftoversAsync(installation, "lone; db"));
        Assert.Contains("lone: now no version, ", result.Error);
    }

    [Fact]
    public async Task B4_makes_one_that_is_missing_as_it_was()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "gone");
        await installation.ExecuteAsync(Everything.Around + """
            CREATE TABLE t (id integer); INSERT INTO t VALUES (7);
            ALTER DATABASE gone SET work_mem = '7MB'; COMMENT ON DATABASE gone IS 'was here'; ALTER DATABASE gone OWNER TO restored_owner;
            """, lone);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(lone);
        await installation.ExecuteAsync("DROP DATABASE gone");

        await installation.SucceedsAsync("restore", "lone", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(lone));
        Assert.Empty(await LeftoversAsync(installation, "gone"));
    }

    [Fact]
    public async Task T9_is_refused_by_the_names_of_sessions_that_use_it()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "busy");
        await installation.ExecuteAsync("CREATE TABLE t (id integer)", lone);
        await installation.SucceedsAsync("save");
        await using var application = await installation.OpenAsync(lone + ";Application Name=shop");

        var result = await installation.RefusesAsync(["KU-7042"], "restore", "lone", "--yes");

        Assert.Contains("shop of ", result.Error);
    }

    [Nightly]
    [Fact]
    public async Task T6_a_name_that_somebody_else_took_is_refused_but_what_a_killed_host_left_is_not()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "taken");
        await installation.ExecuteAsync("CREATE TABLE t (id integer)", lone);
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("CREATE DATABASE taken__before_restore");
        await installation.RefusesAsync(["KU-7041"], "restore", "lone", "--yes");
        await installation.ExecuteAsync("COMMENT ON DATABASE taken__before_restore IS 'krang-upgrade: restore of taken from 1'");
        // An empty one was made and not marked yet when its host was killed.
        await installation.ExecuteAsync("CREATE DATABASE taken__restoring TEMPLATE template0");

        await installation.SucceedsAsync("restore", "lone", "--yes");

        Assert.Empty(await LeftoversAsync(installation, "taken"));
    }

    [Nightly]
    [Fact]
    public async Task T6_data_under_the_name_that_it_needs_is_refused()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "full");
        await installation.ExecuteAsync("CREATE TABLE t (id integer)", lone);
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("CREATE DATABASE full__restoring TEMPLATE template0");
        await installation.ExecuteAsync(
            "CREATE TABLE mine ()", new NpgsqlConnectionStringBuilder(lone) { Database = "full__restoring" }.ConnectionString);

        await installation.RefusesAsync(["KU-7041"], "restore", "lone", "--yes");
    }

    [Nightly]
    [Fact]
    public async Task Whose_name_leaves_no_room_for_another_beside_it_is_refused()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, new string('n', 50));
        await installation.ExecuteAsync("CREATE TABLE t (id integer)", lone);
        await installation.SucceedsAsync("save");

        var result = await installation.RefusesAsync(["KU-7041"], "restore", "lone", "--yes");

        Assert.Contains("longer than the 63 bytes", result.Error);
    }

    [Fact]
    public async Task B5_E4_whose_owners_are_gone_is_refused_by_the_statement_that_needs_them()
    {
        await using var installation = await CreateAsync();
        var lone = await MakeAsync(installation, "fails");
        await installation.ExecuteAsync(
            "CREATE ROLE fails_owner; CREATE TABLE t (id integer); CREATE TABLE owned (); ALTER TABLE owned OWNER TO fails_owner", lone);
        await installation.SucceedsAsync("save");
        await installation.ExecuteAsync("INSERT INTO t VALUES (1); DROP TABLE owned; DROP ROLE fails_owner", lone);
        var before = await DumpText.OfAsync(lone);

        var result = await installation.RefusesAsync(["KU-7021"], "restore", "lone", "--yes");

        Assert.Contains("It needs the role fails_owner, which this server does not have", result.Error);
        Assert.Contains("ALTER TABLE public.owned OWNER TO fails_owner", result.Error);
        Assert.Equal(before, await DumpText.OfAsync(lone));
        Assert.Empty(await LeftoversAsync(installation, "fails"));
    }

    private Task<TestInstallation> CreateAsync() => TestInstallation.CreateForSavesAsync(server);

    private static async Task<string> MakeAsync(TestInstallation installation, string name)
    {
        await installation.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(name)}");
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database=\"{name}\"" };
        return new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
    }

    /// <summary>Tests side by side have others.</summary>
    private static Task<List<string>> LeftoversAsync(TestInstallation installation, string database) => installation.QueryAsync(
        $"SELECT datname FROM pg_database WHERE datname IN ('{database}__restoring', '{database}__before_restore')");

    private static async Task<int> MajorAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection.PostgreSqlVersion.Major;
    }
}
