using PluginUpgrade.Journals;

namespace PluginUpgrade.PostgresTests.Payloads;

/// <summary>Journals of earlier releases call the component <c>payload</c>: one version may have a row of each name.</summary>
public class APayloadUnderItsFormerName(TestServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("payload", "krang:payload")]
    [InlineData("krang:payload", "payload")]
    public async Task Is_done_where_one_of_both_rows_says_so(string done, string failed)
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        await using var connection = await installation.OpenAsync();
        var journal = new Journal("public", TimeSpan.FromSeconds(15));
        await journal.CreateAsync(connection, new Target
        {
            Scope = Scope.Installation,
            Name = "test",
            Database = installation.Database,
            Schema = "public",
            Server = "here",
            DatabaseName = "here",
        }, Token);
        foreach (var (component, state) in ((string, string)[])[(failed, "failed"), (done, "done"), (failed, "running")])
        {
            await installation.ExecuteAsync($"""
                DELETE FROM krang_upgrade_journal WHERE component = '{component}';
                INSERT INTO krang_upgrade_journal (scope, component, version, state)
                  VALUES ('installation', '{component}', '1.2', '{state}')
                """);
            if (component == failed && state == "failed") continue;
            var read = await journal.ReadAsync(connection, Scope.Installation, Payload.ComponentName, UpgradeVersion.Parse("1.2"), Token);
            Assert.Equal(StepState.Done, read?.State);
        }
    }
}
