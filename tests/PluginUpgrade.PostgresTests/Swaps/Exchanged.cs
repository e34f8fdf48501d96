using System.Globalization;
using PluginUpgrade.Databases;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>Instances as a side-by-side upgrade from 1.7 to 2.0 leaves them, made by hand.</summary>
internal static class Exchanged
{
    public const string FormerComment = "Data of the customer";

    /// <summary>An installation with the modules 1.7 and 2.0; its instances are at 2.0, and 1.7 is kept of each.</summary>
    public static async Task<TestInstallation> CreateAsync(TestServer server, params string[] instances)
    {
        var installation = await TestInstallation.CreateAsync(server, instances);
        installation.Drop(Module("V1_7"), Module("V2_0"));
        await installation.SucceedsAsync("--to", "1.7");
        foreach (var instance in instances) await ExchangeAsync(installation, instance);
        return installation;
    }

    private static ModuleSource Module(string name) => new(name)
    {
        PerInstance = $"""
            CREATE TABLE IF NOT EXISTS story (id serial PRIMARY KEY, title text);
            INSERT INTO story (title) VALUES ('{name}')
            """,
    };

    /// <param name="note">Changes what is written about it.</param>
    public static async Task ExchangeAsync(TestInstallation installation, string instance, Func<KeptNote, KeptNote>? note = null)
    {
        await installation.ExecuteAsync($"ALTER SCHEMA {instance} RENAME TO {instance}__before; CREATE SCHEMA {instance}");
        await installation.SucceedsAsync("upgrade", instance, "--to", "2.0");
        await NoteAsync(installation, instance, note);
    }

    public static async Task NoteAsync(TestInstallation installation, string instance, Func<KeptNote, KeptNote>? change = null)
    {
        var live = long.Parse(await OneAsync(installation, $"SELECT '{instance}'::regnamespace::oid"), CultureInfo.InvariantCulture);
        var note = new KeptNote(KeptKind.Before, "1.7", "2.0", DateTimeOffset.UtcNow.AddDays(-3))
        {
            Live = live,
            Written = await WrittenAsync(installation, instance),
        };
        var comment = (change is null ? note : change(note)).Above(FormerComment).Replace("'", "''");
        await installation.ExecuteAsync($"COMMENT ON SCHEMA {instance}__before IS '{comment}'");
    }

    /// <summary>As the server counts; waits until the sessions of the upgrade have reported.</summary>
    private static async Task<long> WrittenAsync(TestInstallation installation, string instance)
    {
        var sql = $"""
            SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::text FROM pg_stat_all_tables
            WHERE schemaname = '{instance}' AND relname <> 'krang_upgrade_journal'
            """;
        while (await OneAsync(installation, sql) == "0") await Task.Delay(20, TestContext.Current.CancellationToken);
        return long.Parse(await OneAsync(installation, sql), CultureInfo.InvariantCulture);
    }

    public static async Task<string> OneAsync(TestInstallation installation, string sql) => (await installation.QueryAsync(sql))[0];

    public static Task<string> OidAsync(TestInstallation installation, string schema) =>
        OneAsync(installation, $"SELECT coalesce(to_regnamespace('{schema}')::oid::text, 'none')");

    public static Task<List<string>> TitlesAsync(TestInstallation installation, string schema) =>
        installation.QueryAsync($"SELECT title FROM {schema}.story ORDER BY id");

    public static async Task<(KeptNote? Note, string? Former)> CommentAsync(TestInstallation installation, string schema) =>
        KeptNote.Read(await OneAsync(installation, $"SELECT coalesce(obj_description('{schema}'::regnamespace, 'pg_namespace'), '')"));
}
