using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace PluginUpgrade.Bench;

// Entity Framework finds migrations by their classes: one for each step.

[DbContext(typeof(CmsContext)), Migration("001_author")]
internal sealed class Author() : CmsMigration(0);

[DbContext(typeof(CmsContext)), Migration("002_story")]
internal sealed class Story() : CmsMigration(1);

[DbContext(typeof(CmsContext)), Migration("003_stories")]
internal sealed class Stories() : CmsMigration(2);

[DbContext(typeof(CmsContext)), Migration("004_published")]
internal sealed class Published() : CmsMigration(3);

[DbContext(typeof(CmsContext)), Migration("005_publish")]
internal sealed class Publish() : CmsMigration(4);

[DbContext(typeof(CmsContext)), Migration("006_story_by_author")]
internal sealed class StoryByAuthor() : CmsMigration(5);

[DbContext(typeof(CmsContext)), Migration("007_story_author")]
internal sealed class StoryAuthor() : CmsMigration(6);

[DbContext(typeof(CmsContext)), Migration("008_comment")]
internal sealed class Comment() : CmsMigration(7);

[DbContext(typeof(CmsContext)), Migration("009_tag")]
internal sealed class Tag() : CmsMigration(8);

[DbContext(typeof(CmsContext)), Migration("010_published_story")]
internal sealed class PublishedStory() : CmsMigration(9);
