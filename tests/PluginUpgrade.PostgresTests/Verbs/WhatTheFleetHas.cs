using System.Text.Json.Nodes;

namespace PluginUpgrade.PostgresTests.Verbs;

public class WhatTheFleetHas(TestServer server)
{
    [Fact]
    public async Task G1i_Modules_show_how_far_the_fleet_is_with_each_and_the_folder_alone_without_a_database()
    {
        await using var installation = await FleetAsync();

        var (_, document) = await installation.RunJsonAsync("modules");
        var shown = (await installation.SucceedsAsync("modules")).Output;
        installation.Settings["Installation"]!["Database"] = "Host=127.0.0.1;Port=1;Database=nothing;Username=nobody";
        var alone = await installation.SucceedsAsync("modules");

        Assert.Contains("2 done, 1 failed", shown);
        Assert.Equal(["4 0 0", "2 1 0"], document["fleet"]!.AsArray().Select(one => $"{one!["done"]} {one["failed"]} {one["pending"]}"));
        Assert.Contains("V1_002", alone.Output);
        Assert.DoesNotContain("done", alone.Output);
        var told = Assert.Single(alone.Error.Split('\n'), line => line.Contains("KU-", StringComparison.Ordinal));
        Assert.StartsWith("warning KU-3107 installation, acme, globex, initech: ", told);
        Assert.Contains("KU-3101", told);
    }

    /// <summary>Whatever it is that cannot be read; a word about it, and what is in the folder all the same.</summary>
    [Theory]
    [InlineData("no database configured", "KU-1010")]
    [InlineData("one instance away", "KU-3101")]
    [InlineData("discovery fails", "KU-1204")]
    [InlineData("a journal that is none", "KU-3014")]
    public async Task G1i_Modules_say_why_databases_cannot_be_read(string what, string reason)
    {
        await using var installation = await FleetAsync();
        var settings = installation.Settings;
        switch (what)
        {
            case "no database configured": settings["Installation"]!.AsObject().Remove("Database"); break;
            case "one instance away":
                settings["Instances"]!["acme"]!["Database"] = "Host=127.0.0.1;Port=1;Database=nothing;Username=nobody"; break;
            case "discovery fails": settings["Discover"] = new JsonObject { ["Query"] = "SELECT no_such_column" }; break;
            default: await installation.ExecuteAsync("ALTER TABLE acme.krang_upgrade_journal SET UNLOGGED"); break;
        }

        var shown = await installation.SucceedsAsync("modules");
        var (exitCode, document) = await installation.RunJsonAsync("modules");

        Assert.Contains("V1_002", shown.Output);
        var told = Assert.Single(shown.Error.Split('\n'), line => line.StartsWith("warning KU-3107", StringComparison.Ordinal));
        Assert.Contains(reason, told);
        Assert.Equal(0, exitCode);
        Assert.Contains(document["problems"]!.AsArray(), problem =>
            $"{problem!["code"]}" == "KU-3107" && $"{problem["message"]}".Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task G1i_Status_calls_a_schema_that_does_not_exist_missing()
    {
        await using var installation = await FleetAsync();
        await installation.ExecuteAsync("DROP SCHEMA initech CASCADE");

        var (_, document) = await installation.RunJsonAsync("status", "initech");

        Assert.Equal(("missing", "the schema does not exist"),
            ($"{document["targets"]![0]!["status"]}", $"{document["targets"]![0]!["note"]}"));
        // Nothing is pending there: no upgrade makes it.
        var (_, modules) = await installation.RunJsonAsync("modules");
        Assert.Equal(["3 0 1", "2 0 1"],
            modules["fleet"]!.AsArray().Select(one => $"{one!["done"]} {one["pending"]} {one["unknown"]}"));
    }

    [Fact]
    public async Task G1i_History_shows_the_newest_and_says_how_many_it_omits()
    {
        await using var installation = await FleetAsync();
        await installation.ExecuteAsync(
            "UPDATE acme.krang_upgrade_journal SET started_at = now() - interval '3 days' WHERE version = '1.001'");

        var limited = await installation.RunJsonAsync("history", "--limit", "2");
        var since = await installation.RunJsonAsync("history", "acme", "--since", "2d");
        var shown = (await installation.SucceedsAsync("history", "acme", "--limit", "1")).Output;

        Assert.Equal((2, 5), (limited.Document["entries"]!.AsArray().Count, (int)limited.Document["omitted"]!));
        Assert.Equal(["1.002"], since.Document["entries"]!.AsArray().Select(entry => $"{entry!["version"]}"));
        Assert.Contains("1 older entry is not shown", shown);
        await installation.RefusesAsync(["KU-1133", "KU-1133"], "history", "--limit", "0", "--since", "lately");
        foreach (var told in (string[])["2020-01-31", "2020-01-31 14:30", "2020-01-31 14:30:59Z", "2020-01-31T14:30:59+02:00", "100d"])
            await installation.SucceedsAsync("history", "--since", told);
        // Which of the two numbers is the month, and of which day an hour?
        foreach (var told in (string[])["01/02/2020", "1.2.2020", "14:30:61", "31 Jan", "2020-1-2"])
            await installation.RefusesAsync(["KU-1133"], "history", "--since", told);
    }

    [Fact]
    public async Task G1i_Check_lists_what_it_looked_at()
    {
        await using var installation = await FleetAsync();

        var output = (await installation.SucceedsAsync("check")).Output;

        Assert.Contains("2 modules", output);
        Assert.Contains("Checked: 4 targets on 1 server", output);
    }

    /// <summary>Of three instances, one has failed at the second of two modules, for which the installation has no step.</summary>
    private async Task<TestInstallation> FleetAsync()
    {
        var installation = await TestInstallation.CreateAsync(server, "acme", "globex", "initech");
        installation.Drop(Sample.Counting("V1_001"), Sample.ForInstances("V1_002"));
        await installation.SucceedsAsync("--to", "1.001");
        await installation.ExecuteAsync("DROP TABLE initech.calls; CREATE VIEW initech.calls AS SELECT 'x'::text AS module");
        Assert.Equal(1, (await installation.RunAsync()).ExitCode);
        return installation;
    }
}
