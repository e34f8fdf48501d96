using Npgsql;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>psql goes where all else goes, whatever its user's environment says.</summary>
public class PsqlOfATarget(TestServer server)
{
    private const string Where = "SELECT current_database() || ' ' || current_schema() || ' ' || current_setting('client_encoding')";

    [Fact]
    public async Task E5l_goes_to_the_target_whatever_the_environment_says()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var elsewhere = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        var services = Path.Combine(installation.Root, "pg_service.conf");
        await File.WriteAllTextAsync(services, $"""
            [elsewhere]
            host={elsewhere.Host}
            port={elsewhere.Port}
            dbname={elsewhere.Database}
            user={elsewhere.Username}
            """, TestContext.Current.CancellationToken);

        var result = await PsqlAsync(installation, new()
        {
            ["PGSERVICE"] = "elsewhere",
            ["PGSERVICEFILE"] = services,
            ["PGHOSTADDR"] = "192.0.2.1",
            ["PGDATABASE"] = elsewhere.Database,
            ["PGOPTIONS"] = "-c search_path=nowhere -c default_transaction_read_only=on",
            ["PGSSLMODE"] = "verify-full",
            ["PGREQUIREPEER"] = "nobody",
            ["PGTARGETSESSIONATTRS"] = "standby",
        }, Where, "CREATE TABLE made_by_psql ()");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains($"{new NpgsqlConnectionStringBuilder(installation.Database).Database} acme UTF8", result.Output);
        Assert.Equal(["acme"], await installation.QueryAsync("SELECT schemaname FROM pg_tables WHERE tablename = 'made_by_psql'"));
    }

    /// <summary>Without a role that may read it, status works where the string says more than psql was told.</summary>
    [Fact]
    public async Task E5l_goes_over_the_same_connection_with_several_hosts_and_options()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        var address = new NpgsqlConnectionStringBuilder(installation.Database);
        installation.Settings["Installation"]!["Database"] = new NpgsqlConnectionStringBuilder(installation.Database)
        {
            Host = $"127.0.0.1:1,{address.Host}",
            SslMode = SslMode.Disable,
            Options = "-c role=pg_monitor",
        }.ConnectionString;

        await installation.SucceedsAsync("status");
        var result = await PsqlAsync(installation, [], "SELECT current_database() || ' as ' || current_role");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains($"{address.Database} as pg_monitor", result.Output);
    }

    [Fact]
    public async Task E5l_works_through_a_pooler_that_refuses_what_is_said_at_the_login()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        await using var bouncer = await PgBouncer.StartAsync(await server.StartedAsync(), "session");
        installation.Settings["Installation"]!["Database"] = bouncer.To(installation.Database);

        var result = await PsqlAsync(installation, [], Where);

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains(" acme UTF8", result.Output);
    }

    /// <summary>As initdb and pg_dump are.</summary>
    [Fact]
    public async Task Is_found_where_PostgreSQLs_programs_lie_and_not_along_PATH_alone()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");

        var result = await PsqlAsync(installation, new() { ["PATH"] = installation.Root }, Where);

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains(" acme UTF8", result.Output);
    }

    [Fact]
    public async Task Is_not_told_as_missing_where_it_is_there_and_cannot_be_started()
    {
        await using var installation = await TestInstallation.CreateAsync(server, "acme");
        installation.Write("bin/psql", "no program");
        installation.Settings["Postgres"] = new System.Text.Json.Nodes.JsonObject { ["Bin"] = "bin" };

        var result = await PsqlAsync(installation, [], Where);

        Assert.True(result.ExitCode == 2, $"{result}");
        Assert.Equal(["KU-9002"], Refusal.Codes(result));
    }

    private static async Task<HostResult> PsqlAsync(
        TestInstallation installation, Dictionary<string, string?> environment, params string[] statements)
    {
        using var host = installation.Start(["psql", "acme", .. statements.SelectMany(sql => new[] { "-c", sql })], environment);
        return await host.EndAsync();
    }
}
