using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Refusals;

/// <summary>Whoever writes to the table that instances are discovered from is not trusted with more than that.</summary>
public class DiscoveryThatIsNotTrusted(TestServer server)
{
    [Theory]
    [InlineData("Host=127.0.0.1;Port={0}")]
    [NightlyData("Port={0}")]
    [NightlyData("Host=127.0.0.1:{0},localhost:{0}")]
    [NightlyData("Host=127.0.0.1;Port={0};Username=me;Password=mine")]
    public async Task E5m_does_not_send_the_password_to_another_server(string database)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var installation = await DiscoveringAsync(database.Replace("{0}", $"{port}", StringComparison.Ordinal));

        foreach (var verb in (string[])["status", "plan", "upgrade"])
        {
            var result = await installation.RunAsync(verb);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("KU-1021 instance 'found': ", result.Error);
            Assert.Contains("AllowServers", result.Error);
        }

        Assert.False(listener.Pending());
    }

    [Theory]
    [NightlyData("Database=x;SSL Mode=Disable")]
    [InlineData("Options=-c role=postgres")]
    [NightlyData("Passfile=/etc/passwd")]
    [NightlyData("Root Certificate=/tmp/mine;Trust Server Certificate=true")]
    [NightlyData("Client Encoding=LATIN1")]
    public async Task E5m_takes_no_more_than_an_address_from_a_row(string database)
    {
        await using var installation = await DiscoveringAsync(database);

        await installation.RefusesAsync(["KU-1022"]);
    }

    [Theory]
    [InlineData("SSL Mode=Prefer;Pooling=false")]
    [InlineData("SSL Mode=Disable", "SSL Mode=Disable")]
    public async Task E5m_takes_what_is_the_installations_too(string database, string installations = "")
    {
        await using var installation = await DiscoveringAsync(database);
        var own = new Npgsql.NpgsqlConnectionStringBuilder($"{installation.Settings["Installation"]!["Database"]};{installations}");
        installation.Settings["Installation"]!["Database"] = own.ConnectionString;

        await installation.SucceedsAsync("status", "found");
    }

    [Fact]
    public async Task E5m_goes_to_servers_that_the_settings_name()
    {
        await using var installation = await DiscoveringAsync("Host=127.0.0.1;Port=1");
        installation.Settings["Discover"]!["AllowServers"] = new JsonArray("db9", "127.0.0.1:1");

        var result = await installation.RunAsync("status");

        Assert.DoesNotContain("KU-1021", result.Error);
        Assert.Matches("(?m)^found +unreachable ", result.Output);
    }

    [Theory]
    [NightlyData("SELECT name FROM lists.accounts; SELECT name FROM lists.accounts", "KU-1204")]
    [InlineData("COMMIT; DELETE FROM lists.accounts; SELECT name FROM lists.accounts", "KU-1204")]
    [InlineData("SELECT 'x\\'' AS name; DELETE FROM lists.accounts; --'", "KU-1205")]
    [NightlyData("SELECT g::text AS name FROM generate_series(1, 100001) g", "KU-1205")]
    [NightlyData("SELECT name, name FROM lists.accounts", "KU-1205")]
    [NightlyData("SELECT nextval('public.counted')::text AS name", "KU-1204")]
    public async Task E5m_asks_one_statement_that_changes_nothing_within_limits(string query, string code)
    {
        await using var installation = await DiscoveringAsync(null);
        await installation.ExecuteAsync("CREATE SEQUENCE public.counted");
        installation.Settings["Discover"]!["Query"] = query;

        await installation.RefusesAsync([code]);
    }

    private async Task<TestInstallation> DiscoveringAsync(string? database)
    {
        var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.ExecuteAsync("CREATE SCHEMA lists; CREATE TABLE lists.accounts (name text, database text)");
        await installation.ExecuteAsync($"INSERT INTO lists.accounts VALUES ('found', {(database is null ? "NULL" : $"'{database}'")})");
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};Password=secret;SSL Mode=Prefer";
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT name, database FROM lists.accounts" };
        return installation;
    }
}
