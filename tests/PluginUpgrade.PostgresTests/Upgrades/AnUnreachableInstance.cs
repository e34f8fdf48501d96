using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Upgrades;

public class AnUnreachableInstance(TestServer server)
{
    [Fact]
    public async Task S12_is_reported_together_with_what_is_wrong_with_others()
    {
        await using var installation = await WithAnUnreachableOneAsync();
        await installation.ExecuteAsync("CREATE TABLE acme.old ()");

        var result = await installation.RefusesAsync(["KU-3101", "KU-3002", "KU-4005"]);

        Assert.Contains("gone: The server 127.0.0.1:1 ", result.Error);
        Assert.Contains("--skip-unreachable", result.Error);
        Assert.Contains("lost: The schema lost does not exist ", result.Error);
        Assert.Contains("acme: There is no journal, or it has no finished step, but there are tables", result.Error);
    }

    [Fact]
    public async Task S12_does_not_hinder_the_others_where_the_user_skips_it()
    {
        await using var installation = await WithAnUnreachableOneAsync();
        await installation.ExecuteAsync("CREATE SCHEMA lost");

        var result = await installation.SucceedsAsync("--skip-unreachable");

        Assert.Contains("warning KU-3101 gone: ", result.Error);
        foreach (var instance in (string[])["acme", "globex", "lost"]) Assert.Equal(["V1_001"], await installation.CallsAsync(instance));
        Assert.Equal(["1.001 done V1_001"], await installation.JournalAsync());
    }

    [Nightly]
    [Fact]
    public async Task S12_is_upgraded_by_the_same_command_once_it_can_be_reached()
    {
        await using var installation = await WithAnUnreachableOneAsync();
        await installation.ExecuteAsync("CREATE SCHEMA lost; CREATE SCHEMA gone");
        await installation.SucceedsAsync("--skip-unreachable");
        ((JsonObject)installation.Settings["Instances"]!["gone"]!).Remove("Database");

        await installation.SucceedsAsync();

        Assert.Equal(["V1_001"], await installation.CallsAsync("gone"));
        Assert.Equal(["V1_001"], await installation.CallsAsync("acme"));
    }

    [Fact]
    public async Task S12_is_a_line_of_the_status_beside_the_others()
    {
        await using var installation = await WithAnUnreachableOneAsync();

        var result = await installation.RunAsync("status");

        Assert.Equal(2, result.ExitCode);
        Assert.Matches(@"(?m)^gone +unreachable .*127\.0\.0\.1:1", result.Output);
        Assert.Matches(@"(?m)^lost .*the schema does not exist", result.Output);
        Assert.Matches(@"(?m)^acme +active +0 +1\.001 ", result.Output);
    }

    [Fact]
    public async Task An_inactive_instance_is_not_asked()
    {
        await using var installation = await WithAnUnreachableOneAsync();
        await installation.ExecuteAsync("CREATE SCHEMA lost");
        installation.Settings["Instances"]!["gone"]!["Active"] = false;

        var result = await installation.SucceedsAsync();

        Assert.DoesNotContain("127.0.0.1", result.All);
    }

    /// <summary>acme and globex as they should be, gone on a port where nobody listens, lost without its schema.</summary>
    private async Task<TestInstallation> WithAnUnreachableOneAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex");
        installation.Settings["Instances"]!["gone"] = new JsonObject { ["Database"] = "Host=127.0.0.1;Port=1", ["Schema"] = "gone" };
        installation.Settings["Instances"]!["lost"] = new JsonObject { ["Schema"] = "lost" };
        installation.Drop(Sample.Counting("V1_001"));
        return installation;
    }
}
