using Microsoft.EntityFrameworkCore;
using PluginUpgrade;

namespace Entities;

/// <summary>Works with EF Core on the step's connection, in the step's transaction.</summary>
[UpgradeModule("7.001")]
public sealed class V7_001 : IUpgradeModule
{
    public async Task PerInstance(InstanceContext instance, CancellationToken cancellationToken)
    {
        await instance.ExecuteAsync(
            "CREATE TABLE story (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL)", cancellationToken);
        await using var stories = new StoryContext(instance.Connection);
        stories.Stories.Add(new Story { Title = "one" });
        stories.Stories.Add(new Story { Title = "two" });
        await stories.SaveChangesAsync(cancellationToken);
        await stories.Stories.Where(story => story.Title == "two")
            .ExecuteUpdateAsync(story => story.SetProperty(s => s.Title, s => s.Title + "!"), cancellationToken);
        if (instance.Settings["Fail"] is not null) throw new InvalidOperationException("failed on purpose");
    }
}

public sealed class Story
{
    public int Id { get; set; }

    public string Title { get; set; } = "";
}

public sealed class StoryContext : DbContext
{
    private readonly Npgsql.NpgsqlConnection _connection;

    public StoryContext(Npgsql.NpgsqlConnection connection)
    {
        _connection = connection;
        // The step is one transaction already.
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
    }

    public DbSet<Story> Stories => Set<Story>();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(_connection);

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Story>(story =>
    {
        story.ToTable("story");
        story.Property(s => s.Id).HasColumnName("id");
        story.Property(s => s.Title).HasColumnName("title");
    });
}
