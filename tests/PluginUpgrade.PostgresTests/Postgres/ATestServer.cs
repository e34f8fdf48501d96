using Npgsql;

namespace PluginUpgrade.PostgresTests.Postgres;

public class ATestServer(TestServer server)
{
    [Fact]
    public async Task Gives_each_test_a_database_of_its_own()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.CreateDatabaseAsync()));
        Assert.Equal(4, databases.Distinct().Count());
        foreach (var database in databases)
        {
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("CREATE TABLE mine (id integer)", connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
