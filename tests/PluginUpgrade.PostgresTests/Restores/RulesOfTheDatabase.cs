using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>What a database does with everything that is made in it must not act on what a restore makes.</summary>
public class RulesOfTheDatabase(TestServer server)
{
    private const string DefaultPrivileges = """
        ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO restored_reader; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
        """;

    private const string RowSecurityForAll = """
        CREATE FUNCTION public.secure() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
          FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP
            EXECUTE 'ALTER TABLE ' || made.object_identity || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
          END LOOP; END $$;
        CREATE EVENT TRIGGER secure ON ddl_command_end EXECUTE FUNCTION public.secure();
        """;

    /// <summary>They came after the save, or are older than what was saved.</summary>
    [Theory]
    [InlineData(true, "")]
    [NightlyData(false, "")]
    [NightlyData(true, " IN SCHEMA acme")]
    public async Task E1f_default_privileges_leave_rights_as_they_were_saved(bool later, string where)
    {
        await using var installation = await CreateAsync();
        var rules = DefaultPrivileges.Replace("PRIVILEGES ", $"PRIVILEGES{where} ");
        await installation.ExecuteAsync(Everything.Sql("acme", await MajorAsync(installation)));
        if (!later) await installation.ExecuteAsync(rules);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(installation.Database, "acme");
        if (later) await installation.ExecuteAsync(rules);

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    [Theory]
    [NightlyData(true)]
    [InlineData(false)]
    public async Task E1f_an_event_trigger_switches_no_row_security_on(bool superuser)
    {
        await using var installation = await CreateAsync();
        if (!superuser) await PlainOwnerAsync(installation);
        await installation.ExecuteAsync("""
            CREATE TABLE acme.story (id integer PRIMARY KEY, other integer);
            INSERT INTO acme.story SELECT i, i FROM generate_series(1, 9) i;
            CREATE TABLE acme.hidden (id integer); ALTER TABLE acme.hidden ENABLE ROW LEVEL SECURITY;
            """, await OwnersAsync(installation, superuser));
        await installation.SucceedsAsync("save", "acme");
        var before = await DumpText.OfAsync(installation.Database, "acme");
        await installation.ExecuteAsync(RowSecurityForAll);

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    [Fact]
    public async Task E1f_what_an_event_trigger_adds_and_nobody_takes_back_fails_the_restore_by_name()
    {
        await using var installation = await CreateAsync();
        await PlainOwnerAsync(installation);
        await installation.ExecuteAsync("CREATE TABLE acme.story (id integer)", await OwnersAsync(installation, false));
        await installation.SucceedsAsync("save", "acme");
        await installation.ExecuteAsync("INSERT INTO acme.story VALUES (7)");
        await installation.ExecuteAsync(RowSecurityForAll.Replace(
            "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "ADD COLUMN audited timestamptz"));
        var before = await DumpText.OfAsync(installation.Database, "acme");

        var result = await installation.RunAsync("restore", "acme", "--yes");

        Assert.True(result.ExitCode == 1, $"{result}");
        Assert.Contains("KU-7063", result.Error);
        Assert.Contains("table acme.story", result.Error);
        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    [Nightly]
    [Fact]
    public async Task E1f_a_parent_outside_gets_its_partition_back_and_its_triggers_see_none_of_the_rows()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE SCHEMA outside; CREATE TABLE outside.event (id integer PRIMARY KEY, what text) PARTITION BY RANGE (id);
            CREATE INDEX ON outside.event (what); CREATE TABLE outside.seen (id integer);
            CREATE TABLE acme.event PARTITION OF outside.event FOR VALUES FROM (0) TO (100);
            INSERT INTO outside.event SELECT i, 'x' || i FROM generate_series(1, 9) i;
            CREATE FUNCTION outside.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              INSERT INTO outside.seen VALUES (NEW.id); IF NEW.id > 5 THEN RETURN NULL; END IF; NEW.what := 'y'; RETURN NEW; END $$;
            CREATE TRIGGER swallow BEFORE INSERT ON outside.event FOR EACH ROW EXECUTE FUNCTION outside.swallow();
            """);
        await installation.SucceedsAsync("save", "acme");
        var before = await DumpText.OfAsync(installation.Database);
        await installation.ExecuteAsync("DELETE FROM acme.event WHERE id < 5");

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database));
        Assert.Empty(await installation.QueryAsync("SELECT id FROM outside.seen"));
    }

    [Fact]
    public async Task E1f_settings_of_the_role_do_not_change_what_rows_say()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync("""
            CREATE TABLE acme.t (a text[], i interval, d date); INSERT INTO acme.t VALUES ('{NULL,x}', '-1 mon +2 days 03:00', '2026-02-01')
            """);
        await installation.SucceedsAsync("save", "acme");
        var name = new NpgsqlConnectionStringBuilder(installation.Database).Database;
        await installation.ExecuteAsync($"""
            ALTER DATABASE {name} SET array_nulls = off; ALTER DATABASE {name} SET IntervalStyle = sql_standard;
            ALTER DATABASE {name} SET DateStyle = 'German'; ALTER DATABASE {name} SET standard_conforming_strings = off;
            """);
        var before = await DumpText.OfAsync(installation.Database, "acme");

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    /// <summary>Saves of older programs have nothing to compare with; what does not need that holds for them too.</summary>
    [Nightly]
    [Fact]
    public async Task E1f_default_privileges_do_not_act_on_what_an_older_program_has_saved()
    {
        await using var installation = await CreateAsync();
        await installation.ExecuteAsync(
            "CREATE TABLE acme.story (id serial); CREATE FUNCTION acme.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'");
        await installation.SucceedsAsync("save", "acme");
        OlderSave.Make(installation);
        var before = await DumpText.OfAsync(installation.Database, "acme");
        await installation.ExecuteAsync(DefaultPrivileges);

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(installation.Database, "acme"));
    }

    private async Task<TestInstallation> CreateAsync()
    {
        var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync(Everything.Around);
        return installation;
    }

    /// <summary>A role that owns the schema, and is no superuser.</summary>
    private static async Task PlainOwnerAsync(TestInstallation installation)
    {
        await installation.ExecuteAsync("""
            DO $$ BEGIN CREATE ROLE restored_plain LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            ALTER SCHEMA acme OWNER TO restored_plain; GRANT ALL ON SCHEMA public TO restored_plain;
            """);
        installation.Settings["Installation"]!["Database"] = await OwnersAsync(installation, false);
    }

    private static Task<string> OwnersAsync(TestInstallation installation, bool superuser) =>
        Task.FromResult(superuser ? installation.Database : $"{installation.Database};Username=restored_plain");

    private static async Task<int> MajorAsync(TestInstallation installation)
    {
        await using var connection = await installation.OpenAsync();
        return connection.PostgreSqlVersion.Major;
    }
}
