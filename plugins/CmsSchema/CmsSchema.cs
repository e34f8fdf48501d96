using PluginUpgrade;

namespace Cms.Upgrade;

/// <summary>
/// From 1.005 on, the CMS declares what is new instead of writing modules: readers may bookmark stories. What the modules before it have
/// made is not declared.
/// </summary>
public sealed class CmsSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table("bookmark", since: "1.005", bookmark =>
    {
        bookmark.Column("bookmark_id", "bigint", column => column.GeneratedAlways().PrimaryKey());
        bookmark.Column("story_id", "integer", column => column.NotNull().References("story", onDelete: "CASCADE"));
        bookmark.Column("reader", "text", column => column.NotNull());
        bookmark.Column("made_at", "timestamp with time zone", column => column.NotNull().Default("now()"));
        bookmark.Unique("story_id, reader");
    });
}
