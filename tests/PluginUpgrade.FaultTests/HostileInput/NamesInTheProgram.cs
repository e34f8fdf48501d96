using System.Text.Json.Nodes;
using Npgsql;
using PluginUpgrade.FaultTests.Invariants;
using PluginUpgrade.Settings;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>F17, through the real program: discovered instances whose schemas, or names, are hostile.</summary>
public class NamesInTheProgram(TestServer server)
{
    private static readonly string[] Allowed =
        [.. HostileNames.Fixed.Where(name => SchemaName.Fault(name, ofTarget: true) is null && name != "public").Take(40)];

    [Fact]
    public async Task F17_schemas_are_upgraded_and_nothing_else_is_touched()
    {
        await using var installation = await DiscoveringAsync(Allowed.Select((schema, i) => ($"i{i}", schema)));
        foreach (var schema in Allowed) await installation.ExecuteAsync($"CREATE SCHEMA {PostgresName.Quote(schema)}");
        installation.Drop(Sample.Counting("V1_001"), Sample.ForInstances("V1_002"));
        var before = await SchemaDigest.OfAsync(installation.Database, "canary", TestContext.Current.CancellationToken);

        await installation.SucceedsAsync("--from", "0", "--to", "1.001");
        await installation.SucceedsAsync("upgrade", "i0", "i1");
        await installation.SucceedsAsync("plan");
        await installation.SucceedsAsync();
        await installation.SucceedsAsync("history");
        var (_, status) = await installation.RunJsonAsync("status");

        Assert.Equal(Allowed.Length + 1, status["targets"]!.AsArray().Count);
        Assert.All(status["targets"]!.AsArray(), target => Assert.Equal("active", $"{target!["status"]}"));
        foreach (var schema in Allowed) Assert.Equal(["V1_001", "V1_002"], await CallsAsync(installation, schema));
        Assert.Equal(before, await SchemaDigest.OfAsync(installation.Database, "canary", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task F17_bad_instance_names_are_refused_together_and_printed_harmlessly()
    {
        string[] names =
            [.. HostileNames.Fixed.Where(name => !name.Contains('\0') && IsText(name) && InstanceName.Fault(name) is not null)];
        await using var installation = await DiscoveringAsync(names.Select(name => (name, "canary")));
        installation.Drop(Sample.Counting("V1_001"));
        installation.WriteSettings();
        var before = await installation.SnapshotAsync();

        var result = await installation.RunAsync("--from", "0");

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Contains("KU-1206", Refusal.Codes(result));
        Refusal.IsForPeople(result);
        Assert.DoesNotContain(result.All, c => char.IsControl(c) && c != '\n');
        Assert.Equal(names.Length, Refusal.Codes(result).Count(code => code == "KU-1206"));
        Assert.Equal(before, await installation.SnapshotAsync());
    }

    [Theory]
    [InlineData(63, null)]
    [InlineData(64, "KU-1203")]
    public async Task F17_database_names_that_the_server_would_truncate_are_refused(int length, string? code)
    {
        await using var installation = await DiscoveringAsync([]);
        var name = new string('d', length);
        await installation.ExecuteAsync($"INSERT INTO accounts VALUES ('long', 'public', 'Database={name}')");
        installation.Drop(Sample.Counting("V1_001"));

        var result = await installation.RunAsync("plan", "--from", "0");

        // A name that fits is refused too, but because there is no such database.
        Assert.Equal([code ?? "KU-3001"], Refusal.Codes(result));
    }

    private static bool IsText(string name)
    {
        try
        {
            return new System.Text.UTF8Encoding(false, true).GetByteCount(name) >= 0;
        }
        catch (System.Text.EncoderFallbackException)
        {
            return false;
        }
    }

    private static async Task<List<string>> CallsAsync(TestInstallation installation, string schema) =>
        await installation.QueryAsync($"SELECT module FROM {PostgresName.Quote(schema)}.calls ORDER BY ctid");

    private async Task<TestInstallation> DiscoveringAsync(IEnumerable<(string Name, string Schema)> accounts)
    {
        var installation = await TestInstallation.CreateAsync(server);
        await installation.ExecuteAsync($"CREATE TABLE accounts (name text, schema text, database text); {NamesOfEveryKind.Canary}");
        await using var connection = await installation.OpenAsync();
        foreach (var (name, schema) in accounts)
        {
            await using var insert = new NpgsqlCommand("INSERT INTO accounts VALUES ($1, $2)", connection)
            {
                Parameters = { new() { Value = name }, new() { Value = schema } },
            };
            await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT name, schema, database FROM accounts" };
        return installation;
    }
}
