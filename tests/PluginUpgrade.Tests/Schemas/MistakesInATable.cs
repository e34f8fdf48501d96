namespace PluginUpgrade.Tests.Schemas;

public partial class MistakesInADeclaration
{
    /// <summary>In a table <c>t</c> since version 1.</summary>
    private static Dictionary<string, (string Code, string Place, Action<TableBuilder> Declare)> MistakesOfColumns => new()
    {
        ["since is no version"] = ("KU-2101", "t.a", t => t.Column("a", "text", since: "next")),
        ["till is no version"] = ("KU-2101", "t.a", t => t.Column("a", "text", till: "")),
        ["since is version zero"] = ("KU-2101", "t.a", t => t.Column("a", "text", since: "0.0")),
        ["a change is at no version"] = ("KU-2101", "t.a", t => t.Column("a", "text", c => c.NotNull(since: "x"))),
        ["ends when it begins"] = ("KU-2102", "t.a", t => t.Column("a", "text", since: "2", till: "2.0")),
        ["ends before it begins"] = ("KU-2102", "t.a", t => t.Column("a", "text", since: "3", till: "2")),
        ["begins before its table"] = ("KU-2103", "t.a", t => t.Column("a", "text", since: "0.9")),
        ["has no name"] = ("KU-2104", "t.", t => t.Column("", "text")),
        ["has a name of 64 bytes"] = ("KU-2104", $"t.{new string('ü', 32)}", t => t.Column(new string('ü', 32), "text")),
        ["has the name of a system column"] = ("KU-2104", "t.ctid", t => t.Column("ctid", "text")),
        ["has an empty type"] = ("KU-2105", "t.a", t => t.Column("a", " ")),
        ["has a type with another statement"] = ("KU-2105", "t.a", t => t.Column("a", "text); DROP TABLE x")),
        ["has a default with an open quote"] = ("KU-2105", "t.a", t => t.Column("a", "text", c => c.Default("'new"))),
        ["has a default with a comment"] = ("KU-2105", "t.a", t => t.Column("a", "int", c => c.Default("1 -- one"))),
        ["has an expression that does not end"] = ("KU-2105", "t.a", t => t.Column("a", "int", c => c.Generated("lower(b"))),
        ["has a check that ends too often"] = ("KU-2105", "t.a", t => t.Column("a", "int", c => c.Check("a > 0) OR (true"))),
        ["is declared twice"] = ("KU-2106", "t.a", t => t.Column("a", "text").Column("a", "int", since: "2")),
        ["begins when another of its name ends"] =
            ("KU-2106", "t.a", t => t.Column("a", "text", till: "2").Column("a", "int", since: "2")),
        ["is renamed from what never was"] = ("KU-2107", "t.b", t => t.Column("a", "text").Column("b", "text", since: "2",
            c => c.RenamedFrom("x"))),
        ["is renamed from what does not end"] = ("KU-2107", "t.b", t => t.Column("a", "text").Column("b", "text", since: "2",
            c => c.RenamedFrom("a"))),
        ["is renamed from what ends at another version"] = ("KU-2107", "t.b", t => t.Column("a", "text", till: "3")
            .Column("b", "text", since: "2", c => c.RenamedFrom("a"))),
        ["is renamed in a new table"] = ("KU-2107", "t.b", t => t.Column("b", "text", c => c.RenamedFrom("a"))),
        ["is the second one renamed from a column"] = ("KU-2107", "t.c", t => t.Column("a", "text", till: "2")
            .Column("b", "text", since: "2", c => c.RenamedFrom("a")).Column("c", "text", since: "2", c => c.RenamedFrom("a"))),
        ["is renamed with another type"] = ("KU-2112", "t.b", t => t.Column("a", "text", till: "2")
            .Column("b", "int", since: "2", c => c.RenamedFrom("a"))),
        ["is renamed and loses NOT NULL"] = ("KU-2112", "t.b", t => t.Column("a", "text", till: "2", c => c.NotNull())
            .Column("b", "text", since: "2", c => c.RenamedFrom("a"))),
        ["is renamed and loses its default"] = ("KU-2112", "t.b", t => t.Column("a", "text", till: "2", c => c.Default("''"))
            .Column("b", "text", since: "2", c => c.RenamedFrom("a"))),
        ["is renamed and loses its unique constraint"] = ("KU-2112", "t.a", t => t.Column("a", "text", till: "2", c => c.Unique())
            .Column("b", "text", since: "2", c => c.RenamedFrom("a"))),
        ["is numbered and has a default"] = ("KU-2114", "t.a", t => t.Column("a", "int", c => c.GeneratedAlways().Default("1"))),
        ["is numbered and no integer"] = ("KU-2114", "t.a", t => t.Column("a", "text", c => c.GeneratedAlways())),
        ["is numbered and may have nulls"] = ("KU-2114", "t.a", t => t.Column("a", "int", c => c.GeneratedAlways().Null("2"))),
        ["is computed and has a default"] = ("KU-2114", "t.a", t => t.Column("a", "int", c => c.Generated("1").Default("1"))),
        ["is serial"] = ("KU-2114", "t.a", t => t.Column("a", "bigserial")),
        ["is a primary key with nulls"] = ("KU-2114", "t.a", t => t.Column("a", "int", c => c.PrimaryKey().NotNull().Null("2"))),
        ["is filled in batches with nothing"] = ("KU-2114", "t.a", t => t.Column("a", "int", since: "2", c => c.InBatches())),
        ["is filled in batches with a later default"] = ("KU-2114", "t.a", t => t.Column("a", "int", since: "2",
            c => c.InBatches().Default("1", since: "3"))),
        ["changes before it begins"] = ("KU-2115", "t.a", t => t.Column("a", "int", since: "3", c => c.Default("1", since: "2"))),
        ["changes when it begins"] = ("KU-2115", "t.a", t => t.Column("a", "int", since: "3", c => c.Default("1", since: "3"))),
        ["changes when it ends"] = ("KU-2115", "t.a", t => t.Column("a", "int", till: "3", c => c.Default("1", since: "3"))),
        ["changes twice at a version"] =
            ("KU-2115", "t.a", t => t.Column("a", "int", c => c.Default("1", since: "2").Default("2", since: "2.0"))),
        ["changes to what it is"] = ("KU-2115", "t.a", t => t.Column("a", "int", c => c.NotNull().NotNull(since: "2"))),
        ["has two defaults at its beginning"] = ("KU-2115", "t.a", t => t.Column("a", "int", c => c.Default("1").Default("2"))),
        ["ends before what is computed from it"] = ("KU-2110", "t.a", t => t.Column("a", "int", till: "2")
            .Column("b", "int", c => c.Generated("a + 1"))),
        ["changes its type under what is computed from it"] = ("KU-2110", "t.a", t => t.Column("a", "int", c => c.Type("bigint", "2"))
            .Column("b", "bigint", c => c.Generated("a + 1"))),
    };

    private static Dictionary<string, (string Code, string Place, Action<TableBuilder> Declare)> MistakesOfParts => new()
    {
        ["a key of an unknown column"] = ("KU-2108", "t.b", t => t.Column("a", "int").Unique("b")),
        ["a key of a later column"] = ("KU-2108", "t.a", t => t.Column("a", "int", since: "2").Unique("a")),
        ["a key of a column that has ended"] = ("KU-2108", "t.a", t => t.Column("a", "int", till: "2").Unique("a", since: "3")),
        ["a key of a column's old name"] = ("KU-2108", "t.a", t => t.Column("a", "int", till: "2")
            .Column("b", "int", since: "2", c => c.RenamedFrom("a")).Unique("a", since: "2")),
        ["a key of no column"] = ("KU-2108", "t.", t => t.Column("a", "int").Unique("")),
        ["a key of a column twice"] = ("KU-2108", "t.a, a", t => t.Column("a", "int").Unique("a, a")),
        ["an index of an unknown column"] = ("KU-2108", "t.i49", t => t.Column("a", "int").Index("i49", "lower(a), b DESC")),
        ["a key outlives a column"] = ("KU-2110", "t.b", t => t.Column("a", "int").Column("b", "int", till: "2").Unique("a, b")),
        ["a check outlives a column"] = ("KU-2110", "t.b", t => t.Column("a", "int").Column("b", "int", till: "2").Check("c", "a < b")),
        ["an index outlives a column"] = ("KU-2110", "t.b", t => t.Column("a", "int").Column("b", "int", till: "2")
            .Index("i52", "a", i => i.Where("\"b\" > 0"))),
        ["an included column ends"] = ("KU-2110", "t.b", t => t.Column("a", "int").Column("b", "int", till: "2")
            .Index("i53", "a", i => i.Include("b"))),
        ["two primary keys"] = ("KU-2117", "t.b", t => t.Column("a", "int", c => c.PrimaryKey()).Column("b", "int", c => c.PrimaryKey())),
        ["a second primary key later"] =
            ("KU-2117", "t.b", t => t.Column("a", "int", c => c.PrimaryKey()).Column("b", "int").PrimaryKey("b", since: "2")),
        ["a check without its end"] = ("KU-2105", "t.c", t => t.Column("a", "int").Check("c", "a > (1")),
        ["two checks of one name"] = ("KU-2106", "t.c", t => t.Column("a", "int").Check("c", "a > 1").Check("c", "a > 2")),
        ["a check begins when another of its name ends"] = ("KU-2106", "t.c", t => t.Column("a", "int")
            .Check("c", "a > 1", till: "2").Check("c", "a > 2", since: "2")),
        ["a foreign key with an unknown action"] =
            ("KU-2113", "t.a", t => t.Column("a", "int", c => c.References("x", "id", onDelete: "DROP"))),
        ["a foreign key with too few columns"] =
            ("KU-2113", "t.a", t => t.Column("a", "int").ForeignKey("a", "x", key => key.To("b, c"))),
        ["a foreign key with a schema"] = ("KU-2104", "t.a", t => t.Column("a", "int", c => c.References("public.users"))),
        ["an index renamed from nothing"] =
            ("KU-2107", "t.j62", t => t.Column("a", "int").Index("j62", "a", since: "2", i => i.RenamedFrom("i62"))),
        ["a renamed index of other columns"] = ("KU-2112", "t.j63", t => t.Column("a", "int").Column("b", "int")
            .Index("i63", "a", till: "2").Index("j63", "b", since: "2", i => i.RenamedFrom("i63"))),
        ["an index begins before its table"] = ("KU-2103", "t.i64", t => t.Column("a", "int").Index("i64", "a", since: "0.1")),
    };
}
