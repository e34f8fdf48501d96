using PluginUpgrade.Schemas;
using PluginUpgrade.Schemas.Changes;

namespace PluginUpgrade.Tests.Schemas;

/// <summary>In which order the changes of one version are made.</summary>
public class AVersionsSlice
{
    private static string[] Summaries(string version, Action<SchemaBuilder> declare) =>
    [
        .. Declarations.History(declare).Slices.Single(slice => slice.Version == UpgradeVersion.Parse(version)).Changes
            .Select(change => $"{change.Phase}: {change.Summary}"),
    ];

    /// <summary>What the module needs comes before it, what depends on what it does comes after it, and what ends comes last.</summary>
    [Fact]
    public void J8_has_what_is_new_before_the_module_and_what_ends_after_it() => Assert.Equal(
    [
        "Values: adds value archived to status",
        "Expand: renames t.zip to postcode",
        "Expand: lets t.name be null",
        "Expand: adds t.owner",
        "Expand: adds check named to t",
        "Expand: adds foreign key t_owner_fkey to t",
        "Demand: validates named of t",
        "Demand: validates t_owner_fkey of t",
        "Demand: forbids nulls in t.owner",
        "Demand: adds unique constraint t_owner_key to t",
        "Demand: creates index t_name of t",
        "Contract: drops constraint old of t",
        "Contract: drops index t_old of t",
        "Contract: drops t.old",
        "Contract: drops legacy",
        "Contract: drops type mood",
    ], Summaries("2", schema =>
    {
        schema.Enum("status", since: "1", type => type.Values("new").Value("archived", since: "2"));
        schema.Enum("mood", since: "1", till: "2", type => type.Values("sad"));
        schema.Table("legacy", since: "1", till: "2", t => t.Column("mood", "mood"));
        schema.Table("t", since: "1", t =>
        {
            t.Column("id", "int", column => column.PrimaryKey());
            t.Column("zip", "text", till: "2").Column("postcode", "text", since: "2", column => column.RenamedFrom("zip"));
            t.Column("name", "text", column => column.NotNull().Null(since: "2")).Check("named", "name <> ''", since: "2");
            t.Column("old", "int", till: "2").Check("old", "old > 0", till: "2").Index("t_old", "old", till: "2");
            t.Column("owner", "int", since: "2", column => column.NotNull().Unique().References("t"));
            t.Index("t_name", "name", since: "2");
        });
    }));

    [Fact]
    public void R8_lets_tables_of_a_version_refer_to_each_other()
    {
        static void Declare(SchemaBuilder schema)
        {
            schema.Table("a", since: "1", till: "2", t =>
                t.Column("id", "int", column => column.PrimaryKey()).Column("b", "int", column => column.References("b")));
            schema.Table("b", since: "1", till: "2", t =>
                t.Column("id", "int", column => column.PrimaryKey()).Column("a", "int", column => column.References("a")));
        }
        Assert.Equal(
        [
            "Expand: creates a", "Expand: creates b", "Expand: adds foreign key a_b_fkey to a", "Expand: adds foreign key b_a_fkey to b",
        ], Summaries("1", Declare));
        Assert.Equal(
        [
            "Contract: drops constraint a_b_fkey of a", "Contract: drops constraint b_a_fkey of b",
            "Contract: drops a", "Contract: drops b",
        ], Summaries("2", Declare));
    }

    [Fact]
    public void Renames_in_an_order_in_which_each_name_is_free() => Assert.Equal(
        ["Expand: renames t.b to c", "Expand: renames t.a to b"],
        Summaries("2", schema => schema.Table("t", since: "1", t =>
        {
            t.Column("a", "int", till: "2").Column("b", "int", till: "2");
            t.Column("b", "int", since: "2", column => column.RenamedFrom("a"));
            t.Column("c", "int", since: "2", column => column.RenamedFrom("b"));
        })));

    [Fact]
    public void R8_renames_before_it_changes() => Assert.Equal(
        ["Expand: renames t.zip to postcode", "Expand: makes t.postcode varchar(10)", "Demand: forbids nulls in t.postcode"],
        Summaries("2", schema => schema.Table("t", since: "1", t => t.Column("zip", "text", till: "2")
            .Column("postcode", "text", since: "2",
                column => column.RenamedFrom("zip").Type("varchar(10)", since: "2").NotNull(since: "2")))));

    /// <summary>Whether since is written or left out makes no difference where it is the table's.</summary>
    [Fact]
    public void Only_renames_a_table_that_is_declared_again() => Assert.Equal(["Expand: renames users to people"], Summaries("2", schema =>
    {
        schema.Table("users", since: "1", till: "2", t => t.Column("id", "int", column => column.PrimaryKey()).Column("name", "text")
            .Unique("name").Check("named", "name <> ''").Index("users_lower", "lower(name)"));
        schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int", column => column.PrimaryKey())
            .Column("name", "text", since: "2").Unique("name", since: "2").Check("named", "name <> ''", since: "2.0")
            .Index("users_lower", "lower( name )", since: "2"));
    }));

    [Fact]
    public void Adds_and_drops_columns_in_the_order_in_which_they_need_each_other()
    {
        static void Declare(SchemaBuilder schema) => schema.Table("t", since: "1", t => t
            .Column("twice", "int", since: "2", till: "3", column => column.Generated("once * 2"))
            .Column("once", "int", since: "2", till: "3"));
        Assert.Equal(["Expand: adds t.once", "Expand: adds t.twice"], Summaries("2", Declare));
        Assert.Equal(["Contract: drops t.twice", "Contract: drops t.once"], Summaries("3", Declare));
    }

    [Fact]
    public void Adds_a_foreign_key_after_the_key_that_it_refers_to() => Assert.Equal(
    [
        "Expand: creates b", "Demand: adds unique constraint a_id_key to a", "Demand: adds foreign key b_a_fkey to b",
        "Demand: validates b_a_fkey of b",
    ], Summaries("2", schema =>
    {
        schema.Table("a", since: "1", t => t.Column("id", "int").Unique("id", since: "2"));
        schema.Table("b", since: "2", t => t.Column("a", "int", column => column.References("a", "id")));
    }));

    [Fact]
    public void Replaces_a_primary_key_in_one_statement()
    {
        static void Declare(SchemaBuilder schema) => schema.Table("t", since: "1", t =>
        {
            t.Column("a", "int").Column("b", "int").PrimaryKey("a", till: "2").PrimaryKey("b", since: "2", name: "t_key");
            t.Column("parent", "int").ForeignKey("parent", "t", till: "2");
        });
        Assert.Equal(["Demand: drops constraint t_parent_fkey of t", "Demand: adds primary key t_key to t"], Summaries("2", Declare));
        Assert.Equal(
            ["""ALTER TABLE "s"."t" DROP CONSTRAINT "t_pkey" RESTRICT, ADD CONSTRAINT "t_key" PRIMARY KEY ("b")"""],
            Declarations.History(Declare).Slices[1].Changes[^1].Sql("\"s\""));
    }

    [Fact]
    public void R3_creates_types_with_all_values_in_a_replay()
    {
        var history = Declarations.History(schema => schema.Enum("status", since: "1", type => type.Values("new", "done")
            .Value("finished", since: "2", renamedFrom: "done").Value("archived", since: "3", after: "finished")
            .Value("open", since: "4")));
        Assert.Equal(
            [
                "CREATE TYPE \"s\".\"status\" AS ENUM ('new', 'done', 'archived')",
                "ALTER TYPE \"s\".\"status\" RENAME VALUE 'done' TO 'finished'",
            ],
            Replay.To(history, UpgradeVersion.Parse("3")).SelectMany(change => change.Sql("\"s\"")));
    }

    /// <summary>A type's name in SQL is qualified where it is declared, so that no other schema's type is meant.</summary>
    [Fact]
    public void R13_qualifies_declared_types() => Assert.Equal("CREATE TABLE \"s\".\"t\" (\n  \"a\" \"s\".\"status\"[],\n  \"b\" text\n)",
        Declarations.History(schema =>
        {
            schema.Enum("status", since: "1", type => type.Values("new"));
            schema.Table("t", since: "1", t => t.Column("a", "Status[]").Column("b", "text"));
        }).Slices[0].Changes[^1].Sql("\"s\"")[0]);

    /// <summary>The list is closed: who gives meaning to changes, such as a comparison with a live schema, knows these.</summary>
    [Fact]
    public void Has_no_other_kinds_of_changes() => Assert.Equal(
        [
            "AddCheck", "AddColumn", "AddForeignKey", "AddKey", "AddValue", "ChangeDefault", "ChangeType", "CommentOn", "CreateIndex",
            "CreateTable", "CreateType", "DropColumn", "DropConstraint", "DropIndex", "DropNotNull", "DropTable", "DropType",
            "FillColumn", "RenameColumn", "RenameIndex", "RenameTable", "RenameValue", "SetNotNull", "ValidateConstraint",
        ],
        typeof(CreateTable).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(SchemaChange)))
            .Select(type => type.Name).Order(StringComparer.Ordinal));
}
