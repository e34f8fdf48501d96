using System.Reflection;
using System.Reflection.Emit;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Modules;

/// <summary>
/// An interrupted REINDEX CONCURRENTLY leaves an invalid index that is named after the index. PostgreSQL shortens long names first.
/// </summary>
public class ReindexingAfterAnInterruption(TestServer server)
{
    private const string Long57 = "story_title_of_sixty_bytes_123456789012345678901234567890", Long = Long57 + "123";

    [Theory]
    [InlineData("story_title", "story_title_ccnew")]
    [InlineData(Long, Long57 + "_ccnew")]
    [InlineData("story-title$1", "story-title$1_ccnew1")]
    public async Task Drops_what_it_left(string index, string leftover)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync($"CREATE TABLE acme.story (id integer); INSERT INTO acme.story VALUES (1), (1); " +
            $"CREATE INDEX \"{index}\" ON acme.story (id)");
        await InvalidAsync(installation, leftover);
        await InvalidAsync(installation, "another_ccnew");
        installation.Drop(Reindexing("V1_001", index));

        await installation.SucceedsAsync("--from", "0");

        Assert.Equal(new[] { "another_ccnew", index }.Order(StringComparer.Ordinal), await installation.QueryAsync("""
            SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
            WHERE indrelid = 'acme.story'::regclass ORDER BY relname COLLATE "C"
            """));
    }

    /// <summary>A unique index over equal values cannot be built, and stays invalid.</summary>
    private static Task<PostgresException> InvalidAsync(TestInstallation installation, string name) =>
        Assert.ThrowsAsync<PostgresException>(() =>
            installation.ExecuteAsync($"CREATE UNIQUE INDEX CONCURRENTLY \"{name}\" ON acme.story (id)"));

    private static ModuleSource Reindexing(string name, string index) => new(name)
    {
        Version = name[1..].Replace('_', '.'),
        IsRepeatable = true,
        PerInstance = null,
        More = type =>
        {
            var il = type.DefineMethod(nameof(IUpgradeModule.PerInstance),
                MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.NewSlot | MethodAttributes.Final,
                typeof(Task), [typeof(InstanceContext), typeof(CancellationToken)]).GetILGenerator();
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldstr, index);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Call, typeof(ConcurrentStatements).GetMethod(nameof(ConcurrentStatements.ReindexConcurrentlyAsync))!);
            il.Emit(OpCodes.Ret);
        },
    };
}
