using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Refusals;

public class DatabasesThatAreNotAsConfigured(TestServer server)
{
    private const string Password = "correct-horse-9177";
    private const string Wrong = "canary-battery-4201";

    [Fact]
    public async Task A_schema_that_is_missing_is_refused_with_the_command_to_make_it()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Instances"]!["missing"] = new JsonObject { ["Schema"] = "Missing" };

        var result = await installation.RefusesAsync(["KU-3002"]);

        Assert.Contains("missing: The schema Missing does not exist ", result.Error);
        await MadeByAsync(result);
        await installation.SucceedsAsync();
    }

    [Fact]
    public async Task A_database_that_is_missing_is_refused_with_the_command_to_make_it()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Instances"]!["missing"] = new JsonObject { ["Database"] = "Database=no_such_database" };

        var result = await installation.RefusesAsync(["KU-3001"]);

        Assert.Contains("missing: The database no_such_database does not exist ", result.Error);
        var name = $"no_such_{Guid.NewGuid():N}";
        installation.Settings["Instances"]!["missing"]!["Database"] = $"Database={name}";
        await MadeByAsync(await installation.RefusesAsync(["KU-3001"]));
        await installation.SucceedsAsync();
        await installation.ExecuteAsync($"DROP DATABASE {name}");
    }

    /// <summary>The command is run as it was printed.</summary>
    private static async Task MadeByAsync(HostResult refused)
    {
        var command = Regex.Match(refused.Error, "(?m)^  -> Correct the settings, or create it: (.*)$").Groups[1].Value;
        var made = await CommandLines.RunAsync(command);
        Assert.True(made.ExitCode == 0, $"{command}: {made}");
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_repeated_nowhere()
    {
        await using var installation = await GuardedAsync(Wrong);

        var result = await installation.RunAsync("--verbose");

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-3102"], Refusal.Codes(result).Distinct());
        Assert.Contains("refuses the login", result.Error);
        Assert.Contains("PGPASSFILE or PGPASSWORD", result.Error);
        Assert.DoesNotContain(Wrong, result.All);
        Assert.Empty(await installation.JournalAsync("acme"));
    }

    [Fact]
    public async Task A_password_that_is_not_given_is_asked_for()
    {
        await using var installation = await GuardedAsync(null);

        var result = await installation.RunAsync();

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-3102"], Refusal.Codes(result).Distinct());
    }

    [Fact]
    public async Task A_password_may_come_from_the_environment_and_is_repeated_nowhere()
    {
        await using var installation = await GuardedAsync(null);
        using var host = installation.Start(["--verbose"], new Dictionary<string, string?> { ["PGPASSWORD"] = Password });

        var result = await host.EndAsync();

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.DoesNotContain(Password, result.All);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Theory]
    [NightlyData]
    [InlineData("--json")]
    public async Task A_password_that_a_module_says_aloud_is_neither_printed_nor_logged(params string[] options)
    {
        await using var installation = await GuardedAsync(Password);
        installation.Drop(new ModuleSource("V1_002") { PerInstance = $"DO $$ BEGIN RAISE EXCEPTION 'logged in with {Password}'; END $$" });

        var result = await installation.RunAsync(["--verbose", .. options]);

        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain(Password, result.All);
        Assert.Contains("logged in with *****", result.All);
        foreach (var log in Directory.GetFiles(Path.Combine(installation.Root, "data", "upgrade-logs")))
            Assert.DoesNotContain(Password, await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken));
        foreach (var verb in (string[])["status", "history"])
            Assert.DoesNotContain(Password, (await installation.RunAsync(verb)).All);
        Assert.DoesNotContain(
            await installation.QueryAsync("SELECT j::text FROM acme.krang_upgrade_journal j"), row => row.Contains(Password));
    }

    [Fact]
    public async Task A_connection_string_that_is_none_is_refused_without_being_repeated()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Instances"]!["bad"] = new JsonObject { ["Database"] = $"Pasword={Wrong}" };

        var result = await installation.RefusesAsync(["KU-1006"]);

        Assert.Contains("Instances:bad:Database", result.Error);
        Assert.DoesNotContain(Wrong, result.All);
    }

    [Fact]
    public async Task An_unreachable_installation_is_refused_together_with_what_is_wrong_with_the_request()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Drop(Sample.Counting("V1_001"), new ModuleSource("V1_002") { PerInstance = null });
        installation.Settings["Installation"]!["Database"] = $"Host=127.0.0.1;Port=1;Database=x;Username=x;Password={Wrong}";

        var result = await installation.RunAsync("--to", "x");

        Assert.True(result.ExitCode == 2, $"{result}");
        foreach (var code in (string[])["KU-3101", "KU-1102", "KU-2013"]) Assert.Contains(code, Refusal.Codes(result));
        Assert.Contains("correct Installation:Database", result.Error);
        Assert.DoesNotContain(Wrong, result.All);
        Refusal.IsForPeople(result);
    }

    [Fact]
    public async Task A_role_that_may_not_create_is_refused_before_any_change()
    {
        await using var installation = await GuardedAsync(Password);
        await installation.ExecuteAsync($"REVOKE ALL ON SCHEMA acme FROM {await GuardAsync()}");

        var result = await installation.RefusesAsync(["KU-3004"]);

        Assert.Contains("acme: This role has no right to create objects in schema acme", result.Error);
    }

    /// <summary>An installation whose settings log in as a role of whom the server asks a password.</summary>
    private async Task<TestInstallation> GuardedAsync(string? password)
    {
        var role = await GuardAsync();
        var installation = await TestInstallation.CreateAsync(server, "acme");
        await installation.ExecuteAsync($"GRANT ALL ON SCHEMA public, acme TO {role}");
        installation.Drop(Sample.Counting("V1_001"));
        installation.Settings["Installation"]!["Database"] = Login(installation.Database, role, password);
        return installation;
    }

    private static string Login(string database, string role, string? password) =>
        new NpgsqlConnectionStringBuilder(database) { Username = role, Password = password }.ConnectionString;

    /// <summary>Makes the test server ask for the password of one role; of all others it asks none, as before.</summary>
    private async Task<string> GuardAsync()
    {
        const string role = "guarded";
        var cluster = await server.StartedAsync();
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(
            // The default from PostgreSQL 14 on.
            "SET password_encryption = 'scram-sha-256'; " +
            $"DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{Password}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        var rules = Path.Combine(cluster.DataDirectory, "pg_hba.conf");
        var text = await File.ReadAllTextAsync(rules, TestContext.Current.CancellationToken);
        if (text.Contains(role, StringComparison.Ordinal)) return role;
        await File.WriteAllTextAsync(rules, $"local all {role} scram-sha-256\n{text}", TestContext.Current.CancellationToken);
        await ExecuteAsync("SELECT pg_reload_conf()");
        while (await IsLetInAsync(Login(connection.ConnectionString, role, Wrong)))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        return role;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<bool> IsLetInAsync(string database)
    {
        try
        {
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }
}
