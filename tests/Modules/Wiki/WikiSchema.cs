using PluginUpgrade;

namespace Wiki;

/// <summary>The example of the documents, with an enumerated type and a second table.</summary>
[SchemaDeclaration(Complete = true)]
public sealed class WikiSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema)
    {
        schema.Enum("status", since: "0.0.1", status => status.Values("new", "done").Value("archived", since: "0.6.1"));
        schema.Table("users", since: "0.0.1", users =>
        {
            users.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey());
            users.Column("name", "text", column => column.NotNull());
            users.Column("zip", "text", till: "0.6.1");
            users.Column("postcode", "text", since: "0.6.1", column => column.RenamedFrom("zip"));
            users.Column("extra_info", "text", till: "0.6.1");
            users.Column("info", "text", since: "0.6.1", column => column.NotNull());
            users.Column("created_by", "bigint", since: "0.0.20", column => column.References("users"));
            users.Index("users_created_by", "created_by", since: "0.0.20");
        });
        schema.Table("pages", since: "0.0.20", pages =>
        {
            pages.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey());
            pages.Column("title", "text", column => column.NotNull().Unique());
            pages.Column("status", "status", column => column.NotNull().Default("'new'"));
            pages.Column("owner", "bigint", column => column.References("users", onDelete: "CASCADE"));
            pages.Check("pages_title_check", "title <> ''", since: "0.6.1");
        });
    }

    public Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) =>
        instance.ExecuteAsync("INSERT INTO users (name, info) VALUES ('root', 'made with the schema')", cancellationToken);
}
