using System.Text;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Tests.Schemas;

/// <summary>Rule 9; that the server chooses the same is shown on a real one.</summary>
public class NamesThatPostgresDerives
{
    [Theory]
    [InlineData("users", "id", "seq", "users_id_seq")]
    [InlineData("users", null, "pkey", "users_pkey")]
    [InlineData("ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt", "id", "seq",
        "tttttttttttttttttttttttttttttttttttttttttttttttttttttttt_id_seq")]
    [InlineData("tttttttttttttttttttttttttttttttttttttttt", "cccccccccccccccccccccccccccccccccccccccc", "key",
        "ttttttttttttttttttttttttttttt_ccccccccccccccccccccccccccccc_key")]
    public void Have_at_most_63_bytes(string table, string? column, string label, string expected)
    {
        Assert.Equal(expected, ObjectName.Of(table, column, label));
        Assert.InRange(Encoding.UTF8.GetByteCount(expected), 1, 63);
    }

    [Fact]
    public void Hold_no_half_of_a_character()
    {
        var name = ObjectName.Of(new string('ü', 31), "wert", "seq");
        Assert.Equal(new string('ü', 27) + "_wert_seq", name);
    }

    [Fact]
    public void Stay_when_the_table_is_renamed()
    {
        var history = Declarations.History(schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "bigint", c => c.GeneratedAlways().PrimaryKey()));
            schema.Table("people", since: "2", t =>
            {
                t.RenamedFrom("users");
                t.Column("id", "bigint", c => c.GeneratedAlways().PrimaryKey());
                t.Column("mail", "text", since: "3", c => c.Unique());
            });
        });
        Assert.Equal(["""ALTER TABLE "s"."users" RENAME TO "people" """.TrimEnd()],
            history.Slices[1].Changes.SelectMany(change => change.Sql("\"s\"")));
        Assert.Contains(history.Slices[2].Changes, change => change.Summary == "adds unique constraint people_mail_key to people");
    }

    [Fact]
    public void Are_numbered_for_sequences_as_the_server_does()
    {
        var history = Declarations.History(schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "bigint", c => c.GeneratedAlways()));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "bigint", c => c.GeneratedAlways()));
            schema.Table("users", since: "2", t => t.Column("id", "bigint", c => c.GeneratedAlways()));
        });
        Assert.Contains("users_id_seq1", history.Slices[1].Changes[^1].Sql("\"s\"")[0]);
    }
}
