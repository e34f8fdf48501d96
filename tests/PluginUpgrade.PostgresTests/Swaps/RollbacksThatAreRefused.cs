namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>Everything that prevents a rollback is found before anything changes.</summary>
public class RollbacksThatAreRefused(TestServer server)
{
    [Fact]
    public async Task Without_a_name_or_with_a_wrong_one()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.RefusesAsync(["KU-8050"], "rollback", "--yes");
        await installation.RefusesAsync(["KU-1208"], "rollback", "nobody", "--yes");
        installation.Settings["Instances"]!["globex"]!["Active"] = false;
        await installation.RefusesAsync(["KU-1209"], "rollback", "globex", "--yes");
    }

    [Fact]
    public async Task T2_Without_the_typed_YES()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.RefusesAsync(["KU-1107"], "rollback", "acme");
        await installation.RefusesAsync(["KU-1107"], "purge", "acme");
    }

    [Theory]
    [InlineData("DROP SCHEMA acme__before CASCADE", "KU-8051")]
    [InlineData("COMMENT ON SCHEMA acme__before IS 'my own'", "KU-8051")]
    [InlineData(
        "ALTER SCHEMA acme RENAME TO other; CREATE SCHEMA acme; ALTER TABLE other.krang_upgrade_journal SET SCHEMA acme", "KU-8052")]
    [InlineData("CREATE SCHEMA acme__failed", "KU-8053")]
    [InlineData("CREATE VIEW public.titles AS SELECT title FROM acme.story", "KU-8055")]
    [InlineData("CREATE TABLE public.reader (story integer REFERENCES acme.story)", "KU-8055")]
    [InlineData("CREATE TABLE public.tagged (id integer DEFAULT nextval('acme.story_id_seq'))", "KU-8055")]
    [InlineData("CREATE VIEW acme__before.peek AS SELECT title FROM acme.story", "KU-8055")]
    [InlineData("DROP TABLE acme__before.krang_upgrade_journal", "KU-8057")]
    [InlineData(
        "DROP TABLE acme__before.krang_upgrade_journal; CREATE VIEW acme__before.krang_upgrade_journal AS SELECT 1 AS x", "KU-8057")]
    public async Task T6_If_something_is_not_as_the_exchange_left_it(string change, string code)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync(change);

        await installation.RefusesAsync([code], "rollback", "acme", "--yes");
    }

    [Theory]
    [InlineData("ALTER TABLE acme.big ADD COLUMN late text")]
    [InlineData("DROP TABLE acme.big")]
    [InlineData("CREATE INDEX ON acme.big (body)")]
    public async Task If_a_carried_table_has_changed(string change)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync("CREATE TABLE acme.big (id integer, body text)");
        await GoingBack.CarriedAsync(installation, "big");
        await installation.ExecuteAsync(change);

        Assert.Contains("big", (await installation.RefusesAsync(["KU-8054"], "rollback", "acme", "--yes")).Error);
    }

    /// <summary>It would move back, and call something that stays behind.</summary>
    [Fact]
    public async Task If_a_carried_table_uses_something_that_is_not_carried()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync("""
            CREATE TYPE acme.mood AS ENUM ('good'); CREATE TABLE acme.big (id integer, how acme.mood);
            """);
        await GoingBack.CarriedAsync(installation, "big");

        Assert.Contains("acme.big", (await installation.RefusesAsync(["KU-8055"], "rollback", "acme", "--yes")).Error);
    }

    [Fact]
    public async Task With_all_problems_of_all_instances_at_once()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.ExecuteAsync("""
            DROP SCHEMA globex__before CASCADE; CREATE SCHEMA acme__failed;
            CREATE VIEW public.titles AS SELECT title FROM acme.story
            """);

        var result = await installation.RefusesAsync(["KU-8051", "KU-8053", "KU-8055"], "rollback", "acme", "globex", "--yes");

        Assert.Contains("view public.titles", result.Error);
        Assert.Contains(
            $"psql acme --command 'ALTER SCHEMA \"acme__failed\" RENAME TO \"acme__earlier\"' --root {installation.Root}", result.Error);
    }

    [Fact]
    public async Task While_another_session_works_on_the_instance()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["LockTimeout"] = "1s" };
        await using var other = await installation.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand(
            $"SELECT pg_advisory_lock({Journals.TargetLock.Space}, {Journals.TargetLock.Key(Scope.Instance, "acme")})", other);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await installation.RefusesAsync(["KU-3008"], "rollback", "acme", "--yes");
        await installation.RefusesAsync(["KU-3008"], "purge", "acme", "--yes");
    }

    [Fact]
    public async Task To_a_role_that_owns_neither_schema()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync("""
            DO $$BEGIN CREATE ROLE of_rollbacks LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$;
            GRANT ALL ON SCHEMA public, acme, acme__before TO of_rollbacks;
            GRANT ALL ON ALL TABLES IN SCHEMA public, acme, acme__before TO of_rollbacks
            """);
        installation.Settings["Installation"]!["Database"] =
            new Npgsql.NpgsqlConnectionStringBuilder(installation.Database) { Username = "of_rollbacks" }.ConnectionString;

        var result = await installation.RefusesAsync(["KU-8056", "KU-8056"], "rollback", "acme", "--yes");
        Assert.Contains("acme, acme__before", result.Error);
        await installation.RefusesAsync(["KU-8056"], "purge", "acme", "--yes");
    }
}
