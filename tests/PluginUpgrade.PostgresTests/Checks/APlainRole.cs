using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Checks;

/// <summary>What a role that is no superuser meets: others' tables, hidden sessions, a limit of its own.</summary>
public class APlainRole(TestServer server)
{
    private async Task<(TestInstallation, string Role)> CreateAsync(int limit = -1)
    {
        var role = $"plain_{Guid.NewGuid():N}";
        var installation = await TestInstallation.CreateAsync(server, "acme", "b", "c", "d");
        installation.Drop(Sample.ForInstances("V1_001"));
        await installation.ExecuteAsync(
            $"CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}; GRANT ALL ON SCHEMA public, acme, b, c, d TO {role}");
        installation.Settings["Installation"]!["Database"] =
            new NpgsqlConnectionStringBuilder(installation.Database) { Username = role }.ConnectionString;
        return (installation, role);
    }

    [Fact]
    public async Task Is_told_of_tables_that_it_may_not_alter()
    {
        var (installation, role) = await CreateAsync();
        await using var _ = installation;
        await installation.ExecuteAsync("CREATE TABLE acme.note (id int); CREATE TABLE acme.story (id int); CREATE TABLE public.x ()");

        var check = await installation.SucceedsAsync("check", "--from", "0");
        Assert.Contains("warning KU-3220 acme: note and 1 more belong to the role krang", check.Error);
        Assert.Contains("GRANT \"krang\" TO the role", check.Error);

        foreach (var table in (string[])["acme.note", "acme.story", "public.x"])
            await installation.ExecuteAsync($"ALTER TABLE {table} OWNER TO {role}");
        Assert.DoesNotContain("KU-3220", (await installation.SucceedsAsync("check", "--from", "0")).Error);
    }

    [Nightly]
    [Fact]
    public async Task Is_told_in_a_check_what_it_may_not_see_and_sees_it_once_it_may()
    {
        var (installation, role) = await CreateAsync();
        await using var _ = installation;
        await using var other = await installation.OpenAsync();

        Assert.Contains("warning KU-3221", (await installation.SucceedsAsync("check")).Error);
        await installation.ExecuteAsync($"GRANT pg_read_all_stats TO {role}");
        Assert.DoesNotContain("KU-3221", (await installation.SucceedsAsync("check")).Error);
        await installation.ExecuteAsync($"REVOKE pg_read_all_stats FROM {role}");
        Assert.DoesNotContain("KU-3221", (await installation.SucceedsAsync()).Error);
    }

    [Fact]
    public async Task Is_told_of_a_limit_that_makes_lanes_wait_and_is_upgraded_all_the_same()
    {
        var (installation, _) = await CreateAsync(limit: 3);
        await using var __ = installation;
        installation.Settings["Run"] = new JsonObject { ["Parallel"] = 4 };

        Assert.Contains("warning KU-3205", (await installation.SucceedsAsync("check")).Error);
        var result = await installation.SucceedsAsync();

        Assert.Contains("3 connections are free", result.Error);
        Assert.Contains("of at most 3 for this role), but the run would use 6", result.Error);
        Assert.Equal(["V1_001"], await installation.CallsAsync("d"));
    }

    /// <summary>One connection has the run's lock and one is the lane's: none is left to ask with before files are changed.</summary>
    [Fact]
    public async Task Without_a_third_connection_changes_no_file_and_is_told_why()
    {
        var (installation, role) = await CreateAsync(limit: 2);
        await using var _ = installation;
        installation.DropBuilt(BuiltFiles.TestModule("Requested"), "Requested");
        installation.Settings["Modules"] = new JsonObject { ["V2_001"] = new JsonObject { ["Installation"] = "write" } };
        installation.Settings["Run"] = new JsonObject { ["ReconnectWithin"] = "00:00:01" };
        var written = Path.Combine(installation.Root, "data", "written.txt");

        var result = await installation.RunAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error KU-5031 V2_001 on installation: ", result.Error);
        Assert.Contains("too many connections for role", result.Error);
        Assert.Contains("No file was changed; the step was rolled back.", result.Error);
        Assert.False(File.Exists(written));
        Assert.Empty(await installation.QueryAsync("SELECT relname::text FROM pg_class WHERE relname = 'marks'"));

        await installation.ExecuteAsync($"ALTER ROLE {role} CONNECTION LIMIT 3");
        await installation.SucceedsAsync();
        Assert.True(File.Exists(written));
    }

    [Nightly]
    [Fact]
    public async Task A_role_that_cannot_read_the_session_catalogues_is_told_so_and_can_upgrade()
    {
        var (installation, _) = await CreateAsync();
        await using var __ = installation;
        await installation.ExecuteAsync("REVOKE SELECT ON pg_prepared_xacts FROM PUBLIC");

        var result = await installation.SucceedsAsync();

        Assert.Contains("warning KU-3104", result.Error);
        Assert.Contains("permission denied for view pg_prepared_xacts", result.Error);
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }
}
