namespace PluginUpgrade.PostgresTests.Swaps.WholeDatabases;

/// <summary>A side-by-side upgrade of an instance that is a whole database.</summary>
public class ASwapOfDatabases(TestServer server)
{
    [Fact]
    public async Task Makes_the_new_database_live_and_keeps_the_old_one()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        var result = await own.Installation.UpgradesAsync("--quiet");

        Assert.Equal("", result.Error);
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
        Assert.Equal(["1000|6"], await own.QueryAsync("SELECT count(*) || '|' || max(length) FROM item"));
        Assert.Equal(["1000"], await own.QueryAsync("SELECT count(*) FROM item", "__before"));
        Assert.Equal(["1.7 baseline", "2.0 done V2_000"], await own.JournalAsync());
        Assert.Equal(["1.7 baseline"], await own.JournalAsync("__before"));
    }

    [Fact]
    public async Task Later_versions_run_in_the_new_database_in_the_same_run()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        own.Installation.Drop(new ModuleSource("V2_001") { PerInstance = "ALTER TABLE item ADD COLUMN later integer" });
        await own.Installation.UpgradesAsync();
        Assert.Equal(["1.7 baseline", "2.0 done V2_000", "2.001 done V2_001"], await own.JournalAsync());
        await own.QueryAsync("SELECT later FROM item");
    }

    [Fact]
    public async Task Writers_wait_from_the_build_on_and_readers_do_not()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.ExecuteAsync("CREATE SCHEMA other; CREATE TABLE other.thing (id integer)");
        own.Installation.Set("Build", OwnDatabase.Build + "; SELECT pg_sleep(1.5)");
        using var host = own.Installation.Start("--yes");
        while ((await own.QueryAsync("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND relation = 'item'::regclass"))[0] == "0")
            await Task.Delay(20, TestContext.Current.CancellationToken);
        var read = await own.QueryAsync("SELECT count(*) FROM item");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => own.ExecuteAsync("SET lock_timeout = 100; INSERT INTO item (name) VALUES ('late')"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => own.ExecuteAsync("SET lock_timeout = 100; INSERT INTO other.thing VALUES (1)"));
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Equal(["1000"], read);
    }

    /// <summary>T9: sessions of others are ended; the server lets them in again when the new database is live.</summary>
    [Fact]
    public async Task T9_Clients_that_are_connected_or_connect_all_the_time_do_not_prevent_it()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        using var stop = new CancellationTokenSource();
        var (idle, errors) = (await own.Installation.OpenAsync(own.Live), new List<string>());
        var busy = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                try
                {
                    await own.QueryAsync("SELECT count(*) FROM item");
                }
                catch (Npgsql.PostgresException e)
                {
                    lock (errors) errors.Add(e.SqlState);
                }
                catch (Npgsql.NpgsqlException)
                {
                    lock (errors) errors.Add("lost");
                }
        }, CancellationToken.None)));
        var result = await own.Installation.RunAsync("--yes");
        await stop.CancelAsync();
        await busy;
        Assert.True(result.ExitCode == 0, $"{result}");
        // Ended while they were connected, or waited and found the database renamed.
        Assert.Subset(new HashSet<string> { "57P01", "3D000", "lost" }, errors.ToHashSet());
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(async () =>
        {
            await using var command = new Npgsql.NpgsqlCommand("SELECT 1", idle);
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        });
        await idle.DisposeAsync();
        Assert.Equal(["6"], await own.QueryAsync("SELECT max(length) FROM item"));
    }

    /// <summary>T14: what belongs to a database and not to its contents is carried by hand.</summary>
    [Fact]
    public async Task T14_Settings_rights_owner_locale_and_comment_are_those_of_the_live_one()
    {
        await using var own = await OwnDatabase.CreateAsync(
            server, options: "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 50");
        var (role, name) = ($"app_{Guid.NewGuid():N}", PostgresName.Quote(own.Name));
        await own.ExecuteAsync($"""
            CREATE ROLE {role}; REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {role};
            ALTER DATABASE {name} SET work_mem = '7MB'; ALTER DATABASE {name} SET search_path = public, "odd name";
            ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = '3s'; COMMENT ON DATABASE {name} IS 'the tenant''s é';
            ALTER DATABASE {name} OWNER TO {role}; GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON item TO {role};
            ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO {role}
            """);
        var before = await PropertiesAsync(own, role);
        await own.Installation.UpgradesAsync();
        Assert.Equal(before, await PropertiesAsync(own, role));
        Assert.Equal(["the tenant's é"], await own.QueryAsync("""
            SELECT split_part(shobj_description(oid, 'pg_database'), E'\n', 2) FROM pg_database
            WHERE datname = current_database() || '__before'
            """));
        Assert.Equal(["true"], await own.QueryAsync($"SELECT has_table_privilege('{role}', 'item', 'SELECT')::text"));
        Assert.Equal(["1"], await own.QueryAsync("SELECT count(*) FROM pg_default_acl"));
    }

    private static Task<List<string>> PropertiesAsync(OwnDatabase own, string role) => own.QueryAsync($"""
        SELECT concat_ws('|', encoding, datcollate, datctype, datconnlimit, datistemplate, datallowconn, pg_get_userbyid(datdba), datacl,
          shobj_description(d.oid, 'pg_database'), s.all_settings, has_schema_privilege('{role}', 'public', 'USAGE'))
        FROM pg_database d CROSS JOIN (
          SELECT string_agg(pg_get_userbyid(setrole) || setconfig::text, ',' ORDER BY setrole) AS all_settings
          FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())) s
        WHERE datname = current_database()
        """);

    [Theory]
    [InlineData("Select")]
    [InlineData("with \"quotes\" and 'more'")]
    [InlineData("naïve")]
    public async Task T14_A_name_may_be_a_keyword_or_need_quotes(string name)
    {
        await using var own = await OwnDatabase.CreateAsync(server, name: name);
        await own.Installation.UpgradesAsync();
        Assert.Equal(["", "__before"], await own.DatabasesAsync());
    }

    [Fact]
    public async Task T14_What_the_new_database_lacks_is_named()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.ExecuteAsync("""
            SELECT lo_from_bytea(0, 'x'); CREATE SCHEMA other;
            CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION on_ddl()
            """);
        var result = await own.Installation.UpgradesAsync("--verbose");
        Assert.Contains("Not in the new database", result.All);
        foreach (var what in new[] { "1 large objects", "the schema other", "the event trigger watch" }) Assert.Contains(what, result.All);
    }

    [Fact]
    public async Task The_last_positions_of_sequences_are_those_of_the_live_one()
    {
        await using var own = await OwnDatabase.CreateAsync(server);
        await own.ExecuteAsync("""
            CREATE SEQUENCE number; SELECT setval('number', 500); CREATE SEQUENCE down INCREMENT -1; SELECT nextval('down')
            """);
        own.Installation.Set("Build", OwnDatabase.Build + "; CREATE SEQUENCE number; CREATE SEQUENCE down INCREMENT -1");
        await own.Installation.UpgradesAsync();
        Assert.Equal(["501|-2"], await own.QueryAsync("SELECT nextval('number') || '|' || nextval('down')"));
    }
}
