using PluginUpgrade.Schemas;

namespace PluginUpgrade.Tests.Schemas;

/// <summary>The example of the documentation, statement by statement.</summary>
public class AWikisSchema
{
    private static readonly SchemaHistory History = Declarations.History(Declarations.Wiki);

    private static string[] Statements(string version, Func<SchemaChange, IReadOnlyList<string>>? sql = null) =>
        [.. Slice(version).Changes.SelectMany(sql ?? (change => change.Sql("\"acme\"")))];

    private static SchemaSlice Slice(string version) => History.Slices.Single(slice => slice.Version == UpgradeVersion.Parse(version));

    [Fact]
    public void Has_a_slice_for_each_version_at_which_something_changes() =>
        Assert.Equal(["0.0.1", "0.0.13", "0.0.20", "0.6.1"], History.Slices.Select(slice => slice.Version.Text));

    [Fact]
    public void J1_begins_with_its_table() => Assert.Equal(
    [
        """
        CREATE TABLE "acme"."users" (
          "id" bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "acme"."users_id_seq"),
          "zip" text,
          "extra_info" text,
          CONSTRAINT "users_pkey" PRIMARY KEY ("id")
        )
        """,
    ], Statements("0.0.1"));

    [Fact]
    public void J2_removes_what_ends() =>
        Assert.Equal(["""ALTER TABLE "acme"."users" DROP COLUMN "extra_info" RESTRICT"""], Statements("0.0.13"));

    [Fact]
    public void J1_adds_what_begins() => Assert.Equal(
    [
        """ALTER TABLE "acme"."users" ADD COLUMN "created_by" bigint""",
        """ALTER TABLE "acme"."users" ADD CONSTRAINT "users_created_by_fkey" """
            + """FOREIGN KEY ("created_by") REFERENCES "acme"."users" ("id") NOT VALID""",
        """ALTER TABLE "acme"."users" VALIDATE CONSTRAINT "users_created_by_fkey" """.TrimEnd(),
        """CREATE INDEX "users_created_by" ON "acme"."users" (created_by)""",
    ], Statements("0.0.20"));

    [Fact]
    public void J3_renames_and_neither_adds_nor_drops() =>
        Assert.Equal(["""ALTER TABLE "acme"."users" RENAME COLUMN "zip" TO "postcode" """.TrimEnd()], Statements("0.6.1"));

    [Fact]
    public void Is_at_the_version_since_which_something_is_declared() => Assert.Equal("0.6.1", History.Current!.Value.Text);

    [Fact]
    public void Destroys_data_only_of_targets_that_had_it()
    {
        var slice = Slice("0.0.13");
        Assert.True(slice.DestroysDataOf(UpgradeVersion.Parse("0.0.1")));
        Assert.False(slice.DestroysDataOf(UpgradeVersion.Zero));
        Assert.False(Slice("0.6.1").DestroysDataOf(UpgradeVersion.Parse("0.0.20")));
    }

    [Fact]
    public void Locks_the_tables_that_exist_before_a_version()
    {
        Assert.Empty(Slice("0.0.1").Tables);
        Assert.Equal(["users"], Slice("0.0.20").Tables);
    }

    [Fact]
    public void Builds_an_index_of_a_large_table_without_blocking_writers()
    {
        var statements = Statements("0.0.20", change => change.SqlOfLarge("\"acme\""));
        Assert.Contains("""CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_created_by" ON "acme"."users" (created_by)""", statements);
    }

    /// <summary>A released form: journals hold it.</summary>
    [Fact]
    public void R12_has_the_hash_of_every_release() => Assert.Equal(
        "ccda8329c1e2c683 0197cca00da1b636 8c8759d793320138 0c2e60cc6caa8b9d",
        string.Join(' ', History.Slices.Select(slice => slice.Sha256[..16])));

    [Fact]
    public void R12_has_a_hash_that_does_not_tell_how_a_change_is_made()
    {
        static SchemaHistory Declare(bool how) => Declarations.History(schema => schema.Table("t", since: "1", t =>
        {
            t.Column("a", "text", column => Type(column, how));
            t.Column("b", "uuid", since: "2", column => Fill(column.Default("gen_random_uuid()").NotNull(), how));
            t.Index("t_a", "a", since: "2", index => Build(index, how));
        }));
        static void Type(ColumnBuilder column, bool how)
        {
            column.Type("varchar(10)", since: "2");
            if (how) column.Rewrite();
        }
        static void Fill(ColumnBuilder column, bool how)
        {
            if (how) column.InBatches();
        }
        static void Build(IndexBuilder index, bool how)
        {
            if (how) index.Concurrently();
        }
        Assert.Equal(Declare(false).Slices.Select(slice => slice.Sha256), Declare(true).Slices.Select(slice => slice.Sha256));
        Assert.Contains(Declare(true).Slices[1].Changes, change => change.IsAlwaysLarge);
        Assert.Contains(Declare(true).Slices[1].Changes, change => change.AllowsRewrite);
    }

    [Fact]
    public void R12_has_a_hash_that_tells_the_order_of_columns()
    {
        static string Hash(params string[] columns) => Declarations.History(schema => schema.Table("t", since: "1", t =>
        {
            foreach (var column in columns) t.Column(column, "text", since: "2");
        })).Slices[1].Sha256;
        Assert.NotEqual(Hash("a", "b"), Hash("b", "a"));
    }

    /// <summary>Moving a table's declaration to another place of the file, or writing SQL over two lines, changes nothing.</summary>
    [Fact]
    public void R12_has_a_hash_that_does_not_depend_on_how_it_is_written()
    {
        static void A(SchemaBuilder schema) => schema.Table("a", since: "1", t => t.Column("x", "text").Check("c", "x  <>\n ''"));
        static void AOnOneLine(SchemaBuilder schema) => schema.Table("a", since: "1", t => t.Column("x", "text").Check("c", "x <> ''"));
        static void B(SchemaBuilder schema) => schema.Table("b", since: "1", t => t.Column("x", "text"));
        var one = Declarations.History(schema => { A(schema); B(schema); });
        var other = Declarations.History(schema => { B(schema); AOnOneLine(schema); });
        Assert.Equal(one.Slices[0].Sha256, other.Slices[0].Sha256);
    }
}
