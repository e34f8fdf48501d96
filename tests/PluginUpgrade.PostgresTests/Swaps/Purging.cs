using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>T7: what is kept is removed with approval only, and never anything else.</summary>
public class Purging(TestServer server)
{
    [Fact]
    public async Task T7_Removes_what_is_kept_of_the_named_instances()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");

        var result = await installation.SucceedsAsync("purge", "acme", "--yes");

        Assert.Matches(@"acme: acme__before, 1\.7, [\d.]+ KB, 3d ago: live before 2\.0", result.Error);
        Assert.Equal("none", await Exchanged.OidAsync(installation, "acme__before"));
        Assert.NotEqual("none", await Exchanged.OidAsync(installation, "globex__before"));
        Assert.Equal(["V1_7", "V2_0"], await Exchanged.TitlesAsync(installation, "acme"));
        await installation.RefusesAsync(["KU-8051"], "rollback", "acme", "--yes");
        Assert.Contains("Nothing to do: nothing is kept", (await installation.SucceedsAsync("purge", "acme", "--yes")).Output);
    }

    [Fact]
    public async Task T7_Of_all_instances_before_failed_and_unfinished()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.SucceedsAsync("rollback", "globex", "--yes");
        await installation.ExecuteAsync("""
            CREATE SCHEMA globex__next; CREATE TABLE globex__next.krang_upgrade_journal (LIKE globex.krang_upgrade_journal);
            COMMENT ON TABLE globex__next.krang_upgrade_journal IS 'krang-upgrade journal, format 1'
            """);

        await installation.SucceedsAsync("purge", "--all", "--yes");

        Assert.Empty(await installation.QueryAsync("SELECT nspname::text FROM pg_namespace WHERE nspname ~ '__(next|before|failed)$'"));
    }

    [Theory]
    [InlineData("CREATE VIEW public.old AS SELECT title FROM acme__before.story", "view public.old")]
    [InlineData("CREATE TABLE acme.reader (story integer REFERENCES acme__before.story)", "reader_story_fkey")]
    [InlineData("CREATE MATERIALIZED VIEW public.old AS SELECT title FROM acme__before.story", "materialized view public.old")]
    [InlineData("CREATE PUBLICATION of_old FOR TABLE acme__before.story", "of_old")]
    [InlineData("CREATE TYPE acme__before.mood AS ENUM ('good'); CREATE TABLE public.moods (how acme__before.mood)", "public.moods")]
    [InlineData("CREATE FUNCTION public.old() RETURNS SETOF acme__before.story LANGUAGE sql AS 'SELECT 1, NULL::text'",
        "function public.old()")]
    [InlineData("CREATE EXTENSION hstore SCHEMA acme__before", "hstore")]
    public async Task T7_Not_while_something_outside_depends_on_it(string dependent, string told)
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync(dependent);

        var result = await installation.RefusesAsync(["KU-8059"], "purge", "acme", "--yes");

        Assert.Contains(told, result.Error);
        Assert.NotEqual("none", await Exchanged.OidAsync(installation, "acme__before"));
    }

    [Fact]
    public async Task T7_Only_if_instances_or_all_are_named()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.RefusesAsync(["KU-8050"], "purge", "--yes");
        await installation.RefusesAsync(["KU-8050"], "purge", "acme", "--all", "--yes");
        await installation.RefusesAsync(["KU-1208"], "purge", "nobody", "--yes");
    }

    [Fact]
    public async Task Never_what_krang_upgrade_did_not_make()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.ExecuteAsync("""
            COMMENT ON SCHEMA acme__before IS 'my own'; CREATE SCHEMA globex__next; CREATE TABLE globex__next.mine ()
            """);

        var result = await installation.SucceedsAsync("purge", "--all", "--yes");

        Assert.Contains("KU-8058", result.Error);
        Assert.NotEqual("none", await Exchanged.OidAsync(installation, "acme__before"));
        Assert.NotEqual("none", await Exchanged.OidAsync(installation, "globex__next"));
        Assert.Equal("none", await Exchanged.OidAsync(installation, "globex__before"));
    }

    /// <summary>The session that builds may live longer than the one that holds the instance's lock.</summary>
    [Fact]
    public async Task Not_while_somebody_still_builds()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await installation.ExecuteAsync("""
            CREATE SCHEMA acme__next; CREATE TABLE acme__next.krang_upgrade_journal (LIKE acme.krang_upgrade_journal);
            COMMENT ON TABLE acme__next.krang_upgrade_journal IS 'krang-upgrade journal, format 1'
            """);
        await using var other = await installation.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand(
            $"SELECT pg_advisory_lock({TargetLock.Space}, {TargetLock.Key(Scope.Instance, "acme__next")})", other);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await installation.RefusesAsync(["KU-8062"], "purge", "acme", "--yes");
    }

    [Fact]
    public async Task A_dry_run_shows_it_and_removes_nothing()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        var result = await installation.SucceedsAsync("purge", "acme", "--dry-run");

        Assert.Contains("acme__before", result.Output);
        Assert.Contains("would be removed", result.Output);
        Assert.Equal(before, await installation.SnapshotAsync());
    }
}
