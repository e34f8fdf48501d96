using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Guards;

public class TheVersionThatAGuardReads(TestServer server)
{
    private const int Journals = 300;

    private static readonly string[] Earlier =
    [
        "[]", "[]", """[{"by_hand": true, "state": "done"}]""", """[{"by_hand": false, "state": "done"}]""",
        """[{"by_hand": false, "state": "failed"}]""",
        """[{"by_hand": true, "state": "failed"}, {"by_hand": false, "state": "baseline"}]""",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each component is a journal of its own. The guard has no modules; without them, both derive the same.</summary>
    [Fact]
    public async Task J9_is_the_one_that_the_program_derives_from_any_journal()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        await installation.SucceedsAsync();
        var random = new Random(18);
        await installation.ExecuteAsync(string.Join(";\n", Enumerable.Range(0, Journals).SelectMany(i => RowsOf($"c{i}", random))));
        await using var connection = await installation.OpenAsync();
        var read = await JournalReader.ReadAsync(connection, ["acme"], Cancellation);
        var versions = 0;
        foreach (var scope in Enum.GetValues<Scope>())
        {
            var rows = read[("acme", scope)].Rows;
            for (var i = 0; i < Journals; i++)
            {
                var found = await FoundAsync(connection, $"c{i}", scope);
                Assert.True(found == CurrentVersion.Of(scope, rows, $"c{i}", []).Version, $"{scope} c{i}: {found}");
                // With the modules, the program may only be further ahead: over modules that were run by hand.
                var known = CurrentVersion.Of(scope, rows, $"c{i}", ModulesOf($"c{i}", random)).Version;
                var hasByHand = rows.Any(row => row.Component == $"c{i}" && row.ByHand);
                Assert.True(hasByHand ? found is null || found <= known : found == known, $"{scope} c{i}: {found}, {known}");
                if (found is not null) versions++;
            }
        }
        Assert.InRange(versions, Journals / 2, 2 * Journals - 1);
    }

    private static IEnumerable<string> RowsOf(string component, Random random)
    {
        foreach (var number in Enumerable.Range(1, 12).Where(_ => random.Next(3) == 0))
        {
            var state = random.GetItems<string>(["baseline", "running", "failed", "done", "done"], 1)[0];
            var byHand = state != "baseline" && random.Next(4) == 0;
            var note = state == "baseline" && random.Next(2) == 0 ? "reached" : "";
            var spelled = random.GetItems<string>([$"1.{number}", $"1.{number:000}", $"1.{number}.0"], 1)[0];
            var scope = random.Next(2) == 0 ? "installation" : "instance";
            yield return $"""
                INSERT INTO acme.krang_upgrade_journal (scope, component, version, state, by_hand, note, earlier)
                VALUES ('{scope}', '{component}', '{spelled}', '{state}', {byHand}, '{note}', '{random.GetItems(Earlier, 1)[0]}')
                """;
        }
    }

    private static List<UpgradeModule> ModulesOf(string component, Random random) =>
    [
        .. Enumerable.Range(1, 12).Where(_ => random.Next(2) == 0).Select(number => new UpgradeModule
        {
            Component = component,
            Version = UpgradeVersion.Parse($"1.{number}"),
            Name = $"V1_{number}",
            TypeName = $"V1_{number}",
            File = "",
            Sha256 = "",
            HasInstallationStep = true,
            HasInstanceStep = true,
            Transactional = random.Next(2) == 0,
        }),
    ];

    private static async Task<UpgradeVersion?> FoundAsync(NpgsqlConnection connection, string component, Scope scope)
    {
        var options = new GuardOptions { Component = component, Installation = scope == Scope.Installation };
        return (await Assert.ThrowsAsync<UpgradeGuardException>(
            () => UpgradeGuard.RequireAsync(connection, "acme", "999", options, Cancellation))).Found;
    }
}
