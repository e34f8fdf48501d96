using Npgsql;
using PluginUpgrade;

namespace Counted;

/// <summary>
/// What every step of these modules leaves, so that one done twice, by halves or beside another one shows. The sequences
/// <c>attempts</c> and <c>overlaps</c> are there beforehand: they count what a rollback takes back.
/// </summary>
internal static class Effect
{
    public static async Task LeaveAsync(UpgradeContext context, string scope, string module, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync($"""
            SELECT nextval('attempts');
            SELECT CASE WHEN pg_try_advisory_xact_lock(hashtext(current_schema() || '{scope}')) THEN 0 ELSE nextval('overlaps') END;
            CREATE TABLE IF NOT EXISTS effect
              (scope text, module text, started_at timestamptz DEFAULT clock_timestamp(), ended_at timestamptz);
            CREATE TABLE IF NOT EXISTS counter (scope text, n integer);
            INSERT INTO effect (scope, module) VALUES ('{scope}', '{module}');
            INSERT INTO counter SELECT '{scope}', 0 WHERE NOT EXISTS (SELECT FROM counter WHERE scope = '{scope}');
            """, cancellationToken);
        if (context.Settings["Kilobytes"] is { } kilobytes) await context.ExecuteAsync(Bulk(kilobytes), cancellationToken);
        await context.ExecuteAsync($"SELECT pg_sleep({context.Settings["Seconds"] ?? "0.04"})", cancellationToken);
        await context.ExecuteAsync($"""
            CREATE TABLE made_{scope}_{module} ();
            UPDATE counter SET n = n + 1 WHERE scope = '{scope}';
            UPDATE effect SET ended_at = clock_timestamp() WHERE scope = '{scope}' AND module = '{module}';
            """, cancellationToken);
    }

    /// <summary>The same in one transaction of its own, for modules outside one: all of it is there, or nothing.</summary>
    public static async Task LeaveAtOnceAsync(UpgradeContext context, string scope, string module, CancellationToken cancellationToken)
    {
        await context.ExecuteAsync($"SELECT pg_sleep({context.Settings["Seconds"] ?? "0.04"})", cancellationToken);
        // One statement: outside a transaction each one is committed by itself.
        await context.ExecuteAsync($"""
            DO $effect$ BEGIN
              PERFORM nextval('attempts');
              PERFORM CASE WHEN pg_try_advisory_xact_lock(hashtext(current_schema() || '{scope}')) THEN 0 ELSE nextval('overlaps') END;
              INSERT INTO effect VALUES ('{scope}', '{module}', clock_timestamp(), clock_timestamp());
              CREATE TABLE made_{scope}_{module} ();
              UPDATE counter SET n = n + 1 WHERE scope = '{scope}';
            END $effect$
            """, cancellationToken);
        await context.ExecuteAsync($"SELECT pg_sleep({context.Settings["Seconds"] ?? "0.04"})", cancellationToken);
    }

    /// <summary>Whether that was done.</summary>
    public static async Task<bool> IsLeftAsync(UpgradeContext context, string scope, string module, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"SELECT to_regclass('made_{scope}_{module}') IS NOT NULL", context.Connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>For full disks: so much in a table, in the log, and on the way there in temporary files.</summary>
    private static string Bulk(string kilobytes) => $"""
        CREATE TABLE IF NOT EXISTS bulk (content text);
        SET LOCAL work_mem = '64kB';
        INSERT INTO bulk SELECT content
          FROM (SELECT repeat(md5(n::text), 32) AS content FROM generate_series(1, {kilobytes}) n OFFSET 0) drawn ORDER BY content;
        """;

    /// <summary>The step's line in a file that every installation step adds one to.</summary>
    public static async Task NoteAsync(InstallationContext installation, string module, CancellationToken cancellationToken)
    {
        var notes = await File.ReadAllTextAsync(Path.Combine(installation.Root, "data/applied.txt"), cancellationToken);
        await installation.Files.WriteAsync("data/applied.txt", $"{notes}{module}\n", cancellationToken);
    }
}
