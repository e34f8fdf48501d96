using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>Something lies where a target's journal is to be, or somebody changed it: that target is blamed, and nobody else.</summary>
public class JournalsThatAreNone(TestServer server)
{
    private const string Function = "CREATE FUNCTION acme.own() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ''; END $$; ";

    [Theory]
    [InlineData("ALTER TABLE j RENAME TO other; CREATE VIEW j AS SELECT * FROM other; "
        + "COMMENT ON VIEW j IS 'krang-upgrade journal, format 1'", "is a view")]
    [NightlyData("ALTER TABLE j RENAME TO other; CREATE MATERIALIZED VIEW j AS SELECT * FROM other", "is a materialized view")]
    [NightlyData("ALTER TABLE j RENAME TO other; CREATE TABLE j (LIKE other) PARTITION BY LIST (scope)", "is a partitioned table")]
    [NightlyData("ALTER TABLE j RENAME TO other; CREATE SEQUENCE j", "is a sequence")]
    [NightlyData("CREATE TABLE child () INHERITS (j)", "inheritance")]
    [NightlyData("CREATE TABLE parent (note text NOT NULL DEFAULT ''); ALTER TABLE j INHERIT parent", "inheritance")]
    [NightlyData("ALTER TABLE j SET UNLOGGED", "unlogged")]
    [NightlyData("ALTER TABLE j ADD COLUMN tenant text", "has the unexpected column tenant")]
    [NightlyData("ALTER TABLE j DROP COLUMN cursors", "has no column cursors of the type jsonb")]
    [NightlyData("ALTER TABLE j ALTER COLUMN note TYPE varchar(10)", "has no column note of the type text")]
    [NightlyData("CREATE DOMAIN mine AS text; ALTER TABLE j ALTER COLUMN host TYPE mine", "has no column host of the type text")]
    [InlineData("CREATE TRIGGER t BEFORE UPDATE ON j FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "has the trigger t")]
    [NightlyData("CREATE RULE r AS ON INSERT TO j DO INSTEAD NOTHING", "has the rule r")]
    [NightlyData("ALTER TABLE j DROP CONSTRAINT krang_upgrade_journal_pkey", "does not have the primary key")]
    [NightlyData("CREATE UNIQUE INDEX ON j (scope)", "has an additional unique index")]
    [NightlyData(Function + "ALTER TABLE j ALTER COLUMN note SET DEFAULT acme.own()", "calls functions")]
    [NightlyData(Function + "ALTER TABLE j ADD CHECK (acme.own() = '')", "calls functions")]
    [InlineData(Function + "CREATE INDEX ON j ((acme.own() || note))", "calls functions")]
    public async Task E5k_refuse_their_target_and_end_nobodys_status(string sql, string why)
    {
        await using var installation = await AtFirstVersionAsync();
        await installation.ExecuteAsync($"SET search_path = acme; {Regex.Replace(sql, @"\bj\b", "krang_upgrade_journal")}");
        var before = await installation.SnapshotAsync();

        var result = await installation.RefusesAsync(["KU-3014"]);

        Assert.Contains($"KU-3014 acme: The table", result.Error);
        Assert.Contains(why, result.Error);
        await TellsTheOthersAsync(installation, "KU-3014");
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    [Theory]
    [InlineData("DROP CONSTRAINT krang_upgrade_journal_state_check", "state = 'gone'", "has the state 'gone'")]
    [NightlyData("DROP CONSTRAINT krang_upgrade_journal_scope_check", "scope = 'all'", "has the scope 'all'")]
    [NightlyData("ALTER COLUMN module DROP NOT NULL", "module = NULL", "has no valid module")]
    [NightlyData("ALTER COLUMN by_hand DROP NOT NULL", "by_hand = NULL", "has no valid by_hand")]
    [NightlyData("ALTER COLUMN started_at DROP NOT NULL", "started_at = NULL", "has no valid started_at")]
    [NightlyData("ALTER COLUMN earlier DROP NOT NULL", "by_hand = true, earlier = NULL", "has no valid stands")]
    [NightlyData("ALTER COLUMN note SET DEFAULT ''", "started_at = 'infinity'", "has no valid started_at")]
    [NightlyData("ALTER COLUMN note SET DEFAULT ''", "started_at = '0044-03-15 12:00 BC'", "has no valid started_at")]
    [InlineData("ALTER COLUMN note SET DEFAULT ''", "finished_at = '-infinity'", "has no valid finished_at")]
    [NightlyData("ALTER COLUMN note SET DEFAULT ''", "finished_at = '20000-01-01'", "has no valid finished_at")]
    public async Task E5k_a_journal_with_a_bad_row_refuses_its_target_and_spoils_no_other_status(string table, string row, string why)
    {
        await using var installation = await AtFirstVersionAsync();
        await installation.ExecuteAsync($"ALTER TABLE acme.krang_upgrade_journal {table}; UPDATE acme.krang_upgrade_journal SET {row}");

        const string journal = "SELECT j::text FROM acme.krang_upgrade_journal j";
        var before = await installation.QueryAsync(journal);

        // The common snapshot is XML, which knows no infinity.
        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-3015"], Refusal.Codes(result));
        Assert.Contains("KU-3015 acme: ", result.Error);
        Assert.Equal(before, await installation.QueryAsync(journal));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync("globex"));
        Assert.Contains(why, result.Error);
        await TellsTheOthersAsync(installation, "KU-3015");
    }

    [Fact]
    public async Task E5k_a_journal_with_an_invalid_history_is_shown_without_it()
    {
        await using var installation = await AtFirstVersionAsync();
        foreach (var earlier in (string[])
            ["""{"state": "done"}""", """[{"state": "gone"}]""", """[{"state": "done", "started_at": "infinity"}]""", "[null]"])
        {
            await installation.ExecuteAsync($"UPDATE acme.krang_upgrade_journal SET earlier = '{earlier}'");
            Assert.Contains("acme", (await installation.SucceedsAsync("history")).Output);
        }
        await installation.SucceedsAsync();
    }

    [Fact]
    public async Task E5k_whose_rows_are_hidden_from_the_role_or_that_it_may_not_write_are_refused()
    {
        await using var installation = await AtFirstVersionAsync();
        await AsPlainRoleAsync(installation);
        await installation.ExecuteAsync(
            "ALTER TABLE acme.krang_upgrade_journal ENABLE ROW LEVEL SECURITY; REVOKE INSERT ON globex.krang_upgrade_journal FROM plain");

        var result = await installation.RefusesAsync(["KU-3014", "KU-3016"]);

        Assert.Contains("KU-3014 acme: ", result.Error);
        Assert.Contains("row level security", result.Error);
        Assert.Contains("KU-3016 globex: ", result.Error);
        // Who only looks needs no right to write.
        Assert.DoesNotContain("KU-3016", (await installation.RunAsync("status")).Error);
    }

    [Fact]
    public async Task E3e_only_the_target_whose_journal_cannot_be_read_is_blamed()
    {
        await using var installation = await AtFirstVersionAsync();
        await AsPlainRoleAsync(installation);
        await installation.ExecuteAsync("REVOKE ALL ON acme.krang_upgrade_journal FROM plain; REVOKE USAGE ON SCHEMA initech FROM plain");
        await using var holder = await installation.OpenAsync();
        await using var hold = new NpgsqlCommand("BEGIN; LOCK TABLE umbrella.krang_upgrade_journal", holder);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        installation.Settings["Run"] = new System.Text.Json.Nodes.JsonObject { ["LockTimeout"] = "00:00:01", ["Save"] = "never" };

        var result = await installation.RunAsync("status");

        Assert.Equal(2, result.ExitCode);
        foreach (var name in (string[])["acme", "initech", "umbrella"]) Assert.Matches($"(?m)^{name} +unreachable ", result.Output);
        Assert.Matches(@"(?m)^globex +active +1\.001 ", result.Output);
        Assert.Matches(@"(?m)^installation +active +1\.001 ", result.Output);
        await installation.SucceedsAsync("--skip-unreachable");
        Assert.Equal(["1.001 done V1_001", "1.002 done V1_002"], await installation.JournalAsync("globex"));
    }

    private static async Task TellsTheOthersAsync(TestInstallation installation, string code)
    {
        var status = await installation.RunAsync("status");
        Assert.Equal(2, status.ExitCode);
        Assert.Contains($"{code} acme: ", status.Error);
        Assert.Matches(@"(?m)^globex +active +1\.001 +1\.002 ", status.Output);
        Assert.Matches(@"(?m)^installation +active +1\.001 +1\.002 ", status.Output);
        var history = await installation.SucceedsAsync("history");
        Assert.Contains("globex", history.Output);
        Assert.Contains(code, history.Error);
    }

    private async Task<TestInstallation> AtFirstVersionAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech", "umbrella");
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");
        return installation;
    }

    private static async Task AsPlainRoleAsync(TestInstallation installation)
    {
        await installation.ExecuteAsync("""
            DO $$BEGIN IF to_regrole('plain') IS NULL THEN CREATE ROLE plain LOGIN; END IF; END$$;
            GRANT ALL ON SCHEMA public, acme, globex, initech, umbrella TO plain;
            GRANT ALL ON ALL TABLES IN SCHEMA public, acme, globex, initech, umbrella TO plain
            """);
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Username = "plain" }.ConnectionString;
    }
}
