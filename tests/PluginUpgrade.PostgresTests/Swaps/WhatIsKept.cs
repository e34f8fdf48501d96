namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What <c>status</c> shows of side-by-side upgrades that are over.</summary>
public class WhatIsKept(TestServer server)
{
    [Fact]
    public async Task Is_shown_with_version_age_size_and_the_commands_for_it()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.SucceedsAsync("rollback", "globex", "--yes");

        var shown = (await installation.SucceedsAsync("status", "--no-color")).Output;

        Assert.Matches(@"acme +acme__before +1\.7 +[\d.]+ KB +3d ago +live before 2\.0", shown);
        Assert.Matches(@"globex +globex__failed +2\.0 +[\d.]+ KB +0m ago +rolled back by", shown);
        Assert.Contains($"To go back: krang-upgrade rollback acme --root {installation.Root}\n", shown);
        Assert.Contains($"To remove what is kept: krang-upgrade purge acme globex --root {installation.Root}\n", shown);
    }

    [Fact]
    public async Task Is_there_for_programs()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await installation.SucceedsAsync("purge", "globex", "--yes");

        var targets = (await installation.RunJsonAsync("status")).Document["targets"]!.AsArray();

        var kept = targets.Single(target => $"{target!["name"]}" == "acme")!["kept"]!.AsArray().Single()!;
        Assert.Equal(("acme__before", "before", "1.7", "2.0"),
            ($"{kept["name"]}", $"{kept["place"]}", $"{kept["version"]}", $"{kept["other"]}"));
        Assert.True(kept["bytes"]!.GetValue<long>() > 8192);
        Assert.Empty(targets.Single(target => $"{target!["name"]}" == "globex")!["kept"]!.AsArray());
    }

    /// <summary>Somebody purges at this moment, or rewrites a kept table.</summary>
    [Fact]
    public async Task Is_shown_without_its_size_while_somebody_has_locked_it()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme");
        await using var other = await installation.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand("BEGIN; LOCK TABLE acme__before.story", other);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Matches(@"acme__before +1\.7 +size unknown", (await installation.SucceedsAsync("status", "--no-color")).Output);
    }

    [Fact]
    public async Task Is_counted_in_a_large_fleet()
    {
        string[] names = [.. Enumerable.Range(1, 30).Select(number => $"i{number}")];
        await using var installation = await TestInstallation.CreateAsync(server, names);
        installation.Drop(Sample.ForInstances("V1_7"));
        await installation.SucceedsAsync();
        await installation.ExecuteAsync(string.Join(';', names.Take(7).Select(name => $"CREATE SCHEMA {name}__before")));
        foreach (var name in names.Take(7)) await Exchanged.NoteAsync(installation, name);

        var shown = (await installation.SucceedsAsync("status")).Output;

        Assert.Contains("Kept of side-by-side upgrades: 7 schemas", shown);
        Assert.DoesNotContain("i3__before", shown);
        Assert.Contains("purge --all", shown);
    }
}
