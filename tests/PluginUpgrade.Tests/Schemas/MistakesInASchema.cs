namespace PluginUpgrade.Tests.Schemas;

public partial class MistakesInADeclaration
{
    private static Dictionary<string, (string Code, string Place, Action<SchemaBuilder> Declare)> MistakesOfSchemas => new()
    {
        ["a table's since is no version"] = ("KU-2101", "t", schema => schema.Table("t", since: "one", t => t
            .Column("a", "int", since: "2").Unique("a", since: "2").Index("i", "a", since: "3"))),
        ["a table with a schema"] = ("KU-2104", "acme.t", schema => schema.Table("acme.t", since: "1", t => t.Column("a", "int"))),
        ["a column outlives its table"] = ("KU-2103", "t.a", schema =>
            schema.Table("t", since: "1", till: "3", t => t.Column("a", "int", till: "4"))),
        ["a column begins after its table"] = ("KU-2103", "t.a", schema =>
            schema.Table("t", since: "1", till: "3", t => t.Column("a", "int", since: "3"))),
        ["two tables of a name"] = ("KU-2106", "t", schema =>
        {
            schema.Table("t", since: "1", t => t.Column("a", "int"));
            schema.Table("t", since: "2", t => t.Column("a", "int"));
        }
        ),
        ["a mistake in a table that others refer to"] = ("KU-2101", "users", schema =>
        {
            schema.Table("users", since: "0", t => t.Column("id", "int", c => c.PrimaryKey()));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users")));
        }
        ),
        ["a mistake in a column that is used"] = ("KU-2105", "t.a", schema => schema.Table("t", since: "1", t => t
            .Column("a", "in(t").PrimaryKey("a").Check("c", "a > 1").Index("i", "a").ForeignKey("a", "t")
            .Column("b", "int", since: "2", c => c.RenamedFrom("a")))),
        ["a table renamed from nothing"] = ("KU-2107", "people", schema =>
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int", since: "3"))),
        ["a table renamed from one that does not end"] = ("KU-2107", "people", schema =>
        {
            schema.Table("users", since: "1", t => t.Column("id", "int"));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int"));
        }
        ),
        ["a renamed table loses a column"] = ("KU-2112", "users.mail", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int").Column("mail", "text"));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int"));
        }
        ),
        ["a renamed table loses an index"] = ("KU-2112", "users.i", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int").Index("i", "id"));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int"));
        }
        ),
        ["a renamed table has another check of the name"] = ("KU-2112", "people.c", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int").Check("c", "id > 0"));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int").Check("c", "id > 1"));
        }
        ),
        ["a table ends under a foreign key"] = ("KU-2110", "users", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int", c => c.PrimaryKey()));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users")));
        }
        ),
        ["a key ends under a foreign key"] = ("KU-2110", "users.id", schema =>
        {
            schema.Table("users", since: "1", t => t.Column("id", "int").Unique("id", till: "2"));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users", "id")));
        }
        ),
        ["a foreign key without a key there"] = ("KU-2113", "t.a", schema =>
        {
            schema.Table("users", since: "1", t => t.Column("id", "int", c => c.PrimaryKey()).Column("label", "int"));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users", "label")));
        }
        ),
        ["a foreign key to a table without a primary key"] = ("KU-2113", "t.a", schema =>
        {
            schema.Table("users", since: "1", t => t.Column("id", "int"));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users")));
        }
        ),
        ["a foreign key to a later table"] = ("KU-2109", "t.a", schema =>
        {
            schema.Table("users", since: "2", t => t.Column("id", "int", c => c.PrimaryKey()));
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.References("users")));
        }
        ),
        ["a foreign key to a table's old name"] = ("KU-2109", "t.a", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int", c => c.PrimaryKey()));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int", c => c.PrimaryKey()));
            schema.Table("t", since: "2", t => t.Column("a", "int", c => c.References("users")));
        }
        ),
        ["a foreign key of a renamed table names its old name"] = ("KU-2109", "people.boss", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int", c => c.PrimaryKey())
                .Column("boss", "int", c => c.References("users")));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int", c => c.PrimaryKey())
                .Column("boss", "int", c => c.References("users")));
        }
        ),
        ["a derived name is taken"] = ("KU-2111", "users.id", schema =>
        {
            schema.Table("users", since: "1", till: "2", t => t.Column("id", "int", c => c.PrimaryKey()));
            schema.Table("people", since: "2", t => t.RenamedFrom("users").Column("id", "int", c => c.PrimaryKey()));
            schema.Table("users", since: "2", t => t.Column("id", "int", c => c.PrimaryKey()));
        }
        ),
        ["an index has a table's name"] = ("KU-2111", "t.t", schema =>
            schema.Table("t", since: "1", t => t.Column("a", "int").Index("t", "a"))),
        ["a type has a table's name"] = ("KU-2111", "t", schema =>
        {
            schema.Enum("t", since: "1", type => type.Values("a"));
            schema.Table("t", since: "2", t => t.Column("a", "int"));
        }
        ),
        ["a column of a later type"] = ("KU-2109", "t.a", schema =>
        {
            schema.Enum("status", since: "2", type => type.Values("a"));
            schema.Table("t", since: "1", t => t.Column("a", "status[]"));
        }
        ),
        ["a type ends under a column"] = ("KU-2110", "status", schema =>
        {
            schema.Enum("status", since: "1", till: "2", type => type.Values("a"));
            schema.Table("t", since: "1", t => t.Column("a", "Status"));
        }
        ),
        ["a value twice"] = ("KU-2116", "status.a", schema => schema.Enum("status", since: "1", type => type.Values("a", "b", "a"))),
        ["an empty value"] = ("KU-2116", "status", schema => schema.Enum("status", since: "1", type => type.Values(""))),
        ["a value that exists"] = ("KU-2116", "status.a", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("a", since: "2"))),
        ["a value that existed"] = ("KU-2116", "status.a", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("b", since: "2", renamedFrom: "a").Value("a", since: "3"))),
        ["a value after an unknown one"] = ("KU-2116", "status.b", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("b", since: "2", after: "x"))),
        ["a value renamed from an unknown one"] = ("KU-2116", "status.b", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("b", since: "2", renamedFrom: "x"))),
        ["a value with the type's version"] = ("KU-2116", "status.b", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("b", since: "1"))),
        ["a renamed value with after"] = ("KU-2116", "status.b", schema =>
            schema.Enum("status", since: "1", type => type.Values("a").Value("b", since: "2", after: "a", renamedFrom: "a"))),
        ["a column of a primary key gets nulls"] = ("KU-2114", "t.a", schema =>
            schema.Table("t", since: "1", t => t.Column("a", "int", c => c.NotNull().Null(since: "2")).PrimaryKey("a"))),
    };
}
