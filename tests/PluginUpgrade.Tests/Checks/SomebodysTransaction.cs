using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Tests.Checks;

public class SomebodysTransaction
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), Long = TimeSpan.FromMinutes(5);

    private static OpenTransaction Open(TimeSpan age, params LockedRelation[] locked) =>
        new("shop of web", "SELECT pg_terminate_backend(7)", DateTimeOffset.UnixEpoch, age, locked);

    private static string Find(ServerActivity around) =>
        Around.Codes(TransactionCheck.Find(Around.Place(around, ["acme"], idle: ["globex"]), Patience, Long));

    private static string Found(params LockedRelation[] locked) =>
        Find(Around.Nothing with { LongTransactions = [Open(TimeSpan.FromMinutes(6), locked)] });

    private static string FoundPrepared(TimeSpan age, params LockedRelation[] locked) =>
        Find(Around.Nothing with { PreparedTransactions = [Open(age, locked)] });

    [Fact]
    public void Is_a_warning_where_it_holds_nothing_of_ours() =>
        Assert.Equal(("ku-3211", "ku-3211"), (Found(), Found(new LockedRelation("elsewhere", "t", 3))));

    [Fact]
    public void Refuses_where_it_holds_a_lock_on_what_is_to_be_upgraded() =>
        Assert.Equal("KU-3212", Found(new LockedRelation("acme", "story", 1)));

    [Fact]
    public void Is_a_warning_where_nothing_is_to_be_done_to_what_it_holds() =>
        Assert.Equal("ku-3212", Found(new LockedRelation("globex", "story", 1)));

    [Fact]
    public void Names_who_since_when_and_what()
    {
        var around = Around.Nothing with
        {
            LongTransactions = [Open(TimeSpan.FromMinutes(75), new("acme", "story", 2), new("other", "t", 9), new("globex", "note", 1))],
        };
        var problem = Assert.Single(TransactionCheck.Find(Around.Place(around, ["acme", "globex"]), Patience, Long));
        Assert.Equal("acme, globex", problem.Subject);
        Assert.Contains("since 1970-01-01 00:00:00Z (1:15:00) holds locks on acme.story and 2 more: shop of web.", problem.Message);
        Assert.Contains("pg_terminate_backend(7)", problem.Remedy);
    }

    [Fact]
    public void Stands_for_all_that_hold_the_same_targets()
    {
        var locked = new LockedRelation("acme", "t", 1);
        OpenTransaction[] pool = [.. Enumerable.Range(1, 40).Select(i => Open(TimeSpan.FromMinutes(5 + i), locked))];
        var around = Around.Nothing with { LongTransactions = [.. pool, Open(TimeSpan.FromMinutes(9)), Open(TimeSpan.FromMinutes(9))] };
        var found = TransactionCheck.Find(Around.Place(around, ["acme"]), Patience, Long).ToList();
        Assert.Equal("KU-3212 ku-3211", Around.Codes(found));
        Assert.Contains("(and 39 more)", found[0].Message);
    }

    [Theory]
    [InlineData(4, "")]
    [InlineData(5, "KU-3213")]
    [InlineData(400, "KU-3213")]
    public void Prepared_refuses_once_a_step_would_not_wait_for_its_end(int seconds, string codes) =>
        Assert.Equal(codes, FoundPrepared(TimeSpan.FromSeconds(seconds), new LockedRelation("acme", "story", 1)));

    [Theory]
    [InlineData(299, "")]
    [InlineData(300, "ku-3214")]
    public void Prepared_and_without_a_lock_of_ours_is_a_warning_once_it_is_forgotten(int seconds, string codes) =>
        Assert.Equal(codes, FoundPrepared(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("SELECT  1\n FROM t", "SELECT ? FROM t")]
    [InlineData("ALTER ROLE web PASSWORD 'it''s secret', 'b'", "ALTER ROLE web PASSWORD '...', '...'")]
    [InlineData(@"SELECT E'a\'secret' || x", "SELECT '...' || x")]
    [InlineData("DO $body$ secret 'x' $body$; SELECT $$ secret $$", "DO '...'; SELECT '...'")]
    [InlineData("ALTER ROLE web PASSWORD 'cut o", "ALTER ROLE web PASSWORD '...'")]
    [InlineData("SELECT $1 FROM \"t's\"", "SELECT $1 FROM \"t's\"")]
    public void Shows_its_statement_without_the_texts_in_it(string statement, string shown) =>
        Assert.Equal(shown, SqlText.Shown(statement));
}
