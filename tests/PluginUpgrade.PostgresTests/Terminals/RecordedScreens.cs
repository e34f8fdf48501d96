using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Terminals;

/// <summary>
/// What an operator sees on a terminal from the first look to a failure and back, held against tests/PluginUpgrade.PostgresTests/Screens:
/// a folder for each width.
/// </summary>
public class RecordedScreens(TestServer server)
{
    /// <summary>One instance waits for the test, the others fail.</summary>
    private const string Work = """
        DO $$ BEGIN
          IF current_schema() = 'acme' THEN PERFORM pg_advisory_xact_lock_shared(4711); RETURN; END IF;
          ALTER TABLE story ADD COLUMN foo_id integer;
        END $$
        """;

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(140)]
    public async Task G_are_as_they_were(int columns)
    {
        await using var installation = await ShopsAsync(columns);
        var screens = new Snapshot($"tests/PluginUpgrade.PostgresTests/Screens/{columns}");
        List<string> differences = [];

        await EndsAsync("help", "--help");
        await EndsAsync("plan", "plan");
        await EndsAsync("check", "check");
        using (var upgrade = TerminalProcess.Start(installation, "--to 1.001", columns))
        {
            await upgrade.SaysAsync("y/N");
            await upgrade.TypeAsync("y\r");
            await EndAsync("upgrade", upgrade, 0);
        }
        await EndsAsync("save", "save");
        await EndsAsync("saves", "saves");
        await FailAsync();
        await SettleHistoryAsync(installation);
        await EndsAsync("status", "status");
        await EndsAsync("history", "history");
        await EndsAsync("modules", "modules");
        await EndsAsync("refusal", "upgrade nobody globx --to abc", 2);
        using (var restore = TerminalProcess.Start(installation, "restore globex", columns))
        {
            await restore.SaysAsync("Type YES");
            await restore.TypeAsync("yes\r");
            await EndAsync("restore", restore, 2);
        }

        if (differences.Count > 0) Assert.Fail(string.Join('\n', differences));

        async Task EndsAsync(string name, string arguments, int exitCode = 0)
        {
            using var terminal = TerminalProcess.Start(installation, arguments, columns);
            await EndAsync(name, terminal, exitCode);
        }

        async Task EndAsync(string name, TerminalProcess terminal, int exitCode)
        {
            Assert.Equal(exitCode, await terminal.EndAsync());
            await CompareAsync(name, terminal);
        }

        async Task CompareAsync(string name, TerminalProcess terminal)
        {
            var shown = await ShownAsync(terminal);
            Assert.All(shown.Split('\n'), line => Assert.InRange(line.Length, 0, columns));
            if (screens.Difference(name, shown) is { Length: > 0 } difference) differences.Add(difference);
        }

        Task<string> ShownAsync(TerminalProcess terminal) =>
            TerminalScreen.ShownAsync(TerminalScreen.Normalised(terminal.Shown, installation), columns);

        async Task FailAsync()
        {
            await using var holder = new NpgsqlConnection(Database(columns));
            await holder.OpenAsync(TestContext.Current.CancellationToken);
            await using (var hold = new NpgsqlCommand("SELECT pg_advisory_lock(4711)", holder))
                await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            using var upgrade = TerminalProcess.Start(installation, "--yes", columns);
            await upgrade.SaysAsync("3 failed");
            // It is drawn again and again: not what stands there in the middle of that.
            for (var last = ""; last != await ShownAsync(upgrade) || !last.Contains("1 running, 3 failed");)
                last = await ShownAsync(upgrade);
            await CompareAsync("live", upgrade);
            await holder.CloseAsync();
            await EndAsync("failure", upgrade, 1);
        }
    }

    private string? _database;

    private string Database(int columns) => new NpgsqlConnectionStringBuilder(_database) { Database = $"shops_{columns:000}" }.ToString();

    private async Task<TestInstallation> ShopsAsync(int columns)
    {
        string[] names = ["acme", "globex", "globex-of-the-northern-hemisphere", "initech"];
        var installation = await TestInstallation.CreateForSavesAsync(server, names);
        // The same name in each run: it is shown.
        _database = installation.Database;
        await installation.ExecuteAsync($"CREATE DATABASE shops_{columns:000}");
        installation.Settings["Installation"] = new JsonObject { ["Name"] = "shops", ["Database"] = Database(columns) };
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = 4, ["Save"] = "never" };
        foreach (var name in names)
            await installation.ExecuteAsync($"""CREATE SCHEMA "{name}" """, Database(columns));
        installation.Drop(
            new ModuleSource("V1_001")
            {
                Version = "1.001",
                Description = "Stories",
                PerInstallation = "CREATE TABLE author ()",
                PerInstance = "CREATE TABLE story (id integer, foo_id integer)",
            },
            new ModuleSource("V1_002")
            {
                Version = "1.002",
                Description = "Stories know their foo, and every author the stories that mention it",
                PerInstance = Work,
            });
        return installation;
    }

    /// <summary>Who, when and how long differs from run to run, and columns are as wide as that.</summary>
    private static async Task SettleHistoryAsync(TestInstallation installation)
    {
        string[] schemas = ["public", "acme", "globex", "globex-of-the-northern-hemisphere", "initech"];
        foreach (var (place, schema) in schemas.Index())
            await installation.ExecuteAsync($"""
                UPDATE "{schema}".krang_upgrade_journal SET host = 'ann@db-admin', run_id = '00000000-0000-0000-0000-000000000000',
                    started_at = timestamptz '2000-01-01 00:00Z' + interval '1 second' * {place + 1} + CASE version
                        WHEN '1.002' THEN interval '1 hour' ELSE interval '0' END,
                    finished_at = started_at
                """, $"{installation.Settings["Installation"]!["Database"]}");
    }
}
