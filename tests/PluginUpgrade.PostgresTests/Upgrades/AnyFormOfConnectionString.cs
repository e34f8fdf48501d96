using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class AnyFormOfConnectionString(TestServer server)
{
    public static TheoryData<string> Forms => new TheoryData<string>("npgsql", "uri", "libpq").AtNightBut("uri", "libpq");

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task E2a_is_understood_for_the_installation_an_instance_and_a_discovered_one(string form)
    {
        await using var installation = await TestInstallation.CreateAsync(server);
        var (own, found) = (await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.Settings["Installation"]!["Database"] = In(form, installation.Database);
        installation.Settings["Instances"] = new JsonObject { ["own"] = new JsonObject { ["Database"] = In(form, own) } };
        installation.Settings["Discover"] = new JsonObject
        {
            ["Query"] = $"SELECT 'found' AS name, '{In(form, found).Replace("'", "''", StringComparison.Ordinal)}' AS database",
        };

        var result = await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("public", own));
        Assert.Equal(["V1_001"], await installation.CallsAsync("public", found));
        Assert.DoesNotContain("canary", result.All);
    }

    [Theory]
    [InlineData("postgresql://u:canary-1@canary-2@host/db")]
    [NightlyData("host=h user=u password=canary-1 canary-2")]
    [NightlyData("Host=h;Password=se;canary-1;Database=x")]
    [NightlyData("Host=h;Password=se;canary-1=2;Database=x")]
    [NightlyData("Host=h;Username=u Password=canary-1")]
    public async Task E2a_or_is_refused_wherever_it_stands_and_no_part_of_it_is_repeated(string text)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        var literal = text.Replace("'", "''", StringComparison.Ordinal);
        installation.Settings["Discover"] = new JsonObject { ["Query"] = $"SELECT 'found' AS name, '{literal}' AS database" };
        Silent(await installation.RefusesAsync(["KU-1203"]));
        installation.Settings.Remove("Discover");
        installation.Settings["Instances"]!["acme"]!["Database"] = text;
        Silent(await installation.RefusesAsync(["KU-1006"]));
        installation.Settings["Instances"]!["acme"]!.AsObject().Remove("Database");
        Silent(await installation.RefusesAsync(["KU-1006"], $"--Installation:Database={text}"));
        installation.Settings["Installation"]!["Database"] = text;
        foreach (var verb in (string[])["status", "plan", "save", "saves", "modules", "psql", "check"])
            Silent(await installation.RunAsync(verb, "--verbose"));
        Silent(await installation.RunAsync("status", "--json"));

        static void Silent(HostResult result)
        {
            Assert.Equal(2, result.ExitCode);
            Assert.DoesNotContain("canary", result.All);
            Refusal.IsForPeople(result);
        }
    }

    [Fact]
    public async Task E2a_one_where_none_belongs_is_not_repeated_with_its_password()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");

        var unknown = await installation.RunAsync("status", "postgresql://u:canary-1@host/db");
        var option = await installation.RunAsync("--database", "postgresql://u:canary-1@host/db");

        Assert.Equal((2, 2), (unknown.ExitCode, option.ExitCode));
        Assert.DoesNotContain("canary", $"{unknown}{option}");
    }

    [Theory]
    [InlineData("Target Session Attributes=read-write")]
    [NightlyData("Load Balance Hosts=true")]
    public async Task E5u_words_for_several_hosts_may_stand_beside_one(string option)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};{option}";

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Theory]
    [NightlyData("SSL Mode=VerifyFull;Root Certificate=/there/is/none.pem")]
    [NightlyData("SSL Mode=Require;SSL Certificate=/there/is/none.pem")]
    [InlineData("Passfile=/there/is/none")]
    public async Task E5u_files_that_are_not_there_are_told_as_that(string option)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Installation"]!["Database"] = $"{installation.Database};{option}";

        Refusal.IsForPeople(await installation.RunAsync("status"));
    }

    [Theory]
    [NightlyData("SELECT 'a' AS name, 'b' AS name")]
    [NightlyData("""SELECT 'a' AS name, '{"Ring": "1", "ring": "2"}' AS labels""")]
    [NightlyData("SELECT '2020-01-01 BC'::timestamptz AS name")]
    [NightlyData("SELECT repeat('9', 200)::numeric AS name")]
    [InlineData("SELECT ARRAY[1] AS name")]
    [InlineData("SELECT")]
    [NightlyData("-- nothing")]
    public async Task E5u_whatever_a_discovery_query_answers_is_told(string query)
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Discover"] = new JsonObject { ["Query"] = query };

        var result = await installation.RunAsync("status");

        Assert.Equal(2, result.ExitCode);
        Refusal.IsForPeople(result);
    }

    [Nightly]
    [Fact]
    public async Task E5u_a_discovery_query_that_does_not_end_is_told_as_that()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        installation.Settings["Discover"] = new JsonObject { ["Query"] = "SELECT 'a' AS name FROM pg_sleep(60)" };
        installation.Settings["Run"] = new JsonObject { ["LockTimeout"] = "00:00:01", ["KeepAlive"] = "00:00:01" };

        var result = await installation.RefusesAsync(["KU-1204"]);

        Assert.Contains("Discover:Query", result.Error);
    }

    [Fact]
    public async Task E5u_paths_that_are_none_are_mistakes_like_others()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Settings["Installation"]!["Modules"] = "up\0grade";
        installation.Settings["Installation"]!["Payload"] = "\0";
        installation.Settings["Save"] = new JsonObject { ["Directory"] = "a\0b" };
        installation.Settings["Postgres"] = new JsonObject { ["Bin"] = "a\0b" };

        await installation.RefusesAsync(["KU-1005", "KU-1005", "KU-1005", "KU-1005"]);
    }

    [Nightly]
    [Fact]
    public async Task E5u_a_directory_for_temporary_files_that_is_missing_is_told_as_that()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.SucceedsAsync("save");
        foreach (var (verb, code) in (Dictionary<string, string>)new()
        {
            ["status"] = "",
            ["plan"] = "",
            ["save"] = "",
            ["restore --dry-run"] = "KU-1015",
            ["upgrade"] = "KU-2030",
        })
        {
            using var host = installation.Start(verb.Split(' '), new Dictionary<string, string?> { ["TMPDIR"] = "/there/is/none" });
            var result = await host.EndAsync();
            Refusal.IsForPeople(result);
            Assert.Equal(code, string.Join(' ', Refusal.Codes(result)));
        }
    }

    private static string In(string form, string database)
    {
        var address = new NpgsqlConnectionStringBuilder(database);
        return form switch
        {
            "uri" => $"postgresql://{address.Username}:canary%40%3B@/{address.Database}?host={Uri.EscapeDataString(address.Host!)}" +
                $"&port={address.Port}&sslmode=disable",
            "libpq" => $"host='{address.Host}' port={address.Port} dbname={address.Database} user={address.Username} " +
                "password='canary; and=more' sslmode=disable",
            _ => database,
        };
    }
}
