using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PluginUpgrade.PostgresTests.Declared;
using PluginUpgrade.PostgresTests.Swaps;

namespace PluginUpgrade.PostgresTests.Verbs;

/// <summary>
/// What scripts read with <c>--json</c>: names of properties and kinds of values, held against tests/PluginUpgrade.PostgresTests/Json.
/// A property that a verb tells only in situations that are not visited here is not in these files.
/// </summary>
public partial class ShapesOfJson(TestServer server)
{
    /// <summary>Any verb's refusal.</summary>
    private const string Refused = "refused";

    private static readonly string[] Outcomes = ["done", "nothing-to-do", "pending", "dry-run", "failed", "refused", "stopped"];

    private static readonly string[] Maps = ["dependencies", "labels", "statuses", "versions"];

    private static readonly Snapshot Json = new("tests/PluginUpgrade.PostgresTests/Json");

    private readonly SortedDictionary<string, JsonShape> _shapes = new(StringComparer.Ordinal);

    [Fact]
    public async Task Are_as_they_were_for_every_verb()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme", "globex");
        await VisitAsync(installation);
        await VisitKeptAsync();
        await VisitDeclaredAsync();

        var differences = _shapes.Select(shape => Json.Difference(shape.Key, $"{shape.Value}")).Where(difference => difference.Length > 0);
        if (string.Join('\n', differences) is { Length: > 0 } told) Assert.Fail(told);
        Assert.Empty(Json.Names.Except(_shapes.Keys));
        // What psql prints is psql's; its refusals are JSON.
        Assert.Equal(await VerbsAsync(), _shapes.Keys.Except([Refused]).Append("psql").Order());
    }

    private async Task VisitAsync(TestInstallation installation)
    {
        installation.Settings["Instances"]!["acme"]!["Labels"] = new JsonObject { ["ring"] = "canary" };
        installation.Drop(Sample.Counting("V1_001"), Sample.Counting("V1_002"));
        await ReadAsync(installation, 0, "plan");
        await ReadAsync(installation, 0, "upgrade", "--to", "1.001", "--dry-run");
        await ReadAsync(installation, 0, "upgrade", "--to", "1.001");
        await ReadAsync(installation, 0, "upgrade", "--to", "1.001");
        await ReadAsync(installation, 0, "modules");
        await ReadAsync(installation, 0, "completion", "bash");
        await ReadAsync(installation, 0, "check");
        await ReadAsync(installation, 0, "run", "V1_002", "acme", "--dry-run");
        await ReadAsync(installation, 0, "run", "V1_002", "acme");
        await ReadAsync(installation, 0, "save", "--dry-run");
        await ReadAsync(installation, 0, "save");
        await ReadAsync(installation, 0, "saves", "--verify");
        installation.Drop(new ModuleSource("V1_003") { PerInstance = "SELECT 1/0" });
        await ReadAsync(installation, 1, "upgrade", "globex", "--skip-installation");
        await ReadAsync(installation, 0, "status");
        await ReadAsync(installation, 0, "history");
        await ReadAsync(installation, 0, "reset", "globex", "--dry-run");
        await ReadAsync(installation, 0, "reset", "globex");
        await ReadAsync(installation, 0, "reset", "globex");
        await ReadAsync(installation, 0, "plan");
        installation.Drop(SideBySideSource.Of("V1_004", SideBySideSource.Attribute<CarriesAttribute>("calls")));
        await ReadAsync(installation, 0, "plan");
        await ReadAsync(installation, 0, "modules");
        File.Delete(Path.Combine(installation.DropFolder, "V1_004.dll"));
        await ReadAsync(installation, 0, "restore", "globex", "--dry-run");
        await ReadAsync(installation, 0, "restore", "globex", "--yes");
        await ReadAsync(installation, 0, "save", "acme");
        await ReadAsync(installation, 0, "saves", "--keep", "1", "--yes");
        await installation.ExecuteAsync("CREATE SCHEMA late");
        installation.Settings["Instances"]!["late"] = new JsonObject { ["Schema"] = "late" };
        await ReadAsync(installation, 0, "baseline", "1.002", "late", "--dry-run");
        await ReadAsync(installation, 0, "baseline", "1.002", "late");
        new PayloadSource("1.002", ("bin/krang", "new program")).WriteTo(Path.Combine(installation.Root, "payload"));
        await ReadAsync(installation, 0, "files", "--dry-run");
        await ReadAsync(installation, 0, "files", "--yes");
        await ReadAsync(installation, 0, "files");
        foreach (var verb in (string[])["upgrade", "plan", "status", "history", "check", "save", "restore", "reset", "psql"])
            await ReadAsync(installation, 2, verb, "nobody");
        installation.Drop(Sample.Counting("V1_001") with { Description = "not what it was", Version = "1.001" });
        await ReadAsync(installation, 0, "accept", "1.001", "--reason", "only a comment");
        await ReadAsync(installation, 0, "accept", "1.001", "--reason", "only a comment");
        using var empty = new TempDirectory();
        await ReadAsync(0, "new", HostProcess.Start(["new", "1.005", "--root", empty.Root, "--json"]));
        await ReadAsync(0, "init", HostProcess.Start(["init", "--root", empty.Root, "--json"]));
    }

    private async Task VisitKeptAsync()
    {
        await using var installation = await Exchanged.CreateAsync(server, "acme", "globex");
        await ReadAsync(installation, 0, "rollback", "acme", "--dry-run");
        await ReadAsync(installation, 0, "rollback", "acme", "--yes");
        await ReadAsync(installation, 0, "status");
        await ReadAsync(installation, 2, "rollback", "acme", "--yes");
        await ReadAsync(installation, 0, "purge", "--all", "--dry-run");
        await ReadAsync(installation, 0, "purge", "--all", "--yes");
        await ReadAsync(installation, 0, "purge", "--all", "--yes");
    }

    private async Task VisitDeclaredAsync()
    {
        await using var installation = await WikiInstallation.CreateOldAsync(server);
        await ReadAsync(installation, 0, "plan");
        await ReadAsync(installation, 0, "schema", "print");
        await ReadAsync(installation, 0, "schema", "print", "acme");
        await ReadAsync(installation, 0, "upgrade", "--yes");
        await ReadAsync(installation, 0, "schema", "check");
        await installation.ExecuteAsync("DROP INDEX acme.users_created_by");
        await ReadAsync(installation, 3, "schema", "check");
        await ReadAsync(installation, 0, "modules");
    }

    private Task ReadAsync(TestInstallation installation, int exitCode, params string[] verb) =>
        ReadAsync(exitCode, exitCode == 2 ? Refused : verb[0], installation.Start([.. verb, "--json"]));

    private async Task ReadAsync(int exitCode, string name, HostProcess started)
    {
        using var host = started;
        var result = await host.EndAsync();
        Assert.True(result.ExitCode == exitCode, $"{name}: {result}");
        if (!_shapes.TryGetValue(name, out var shape)) _shapes[name] = shape = new JsonShape(Maps);
        var document = JsonNode.Parse(result.Output)!.AsObject();
        shape.Add(document);
        BeginsAsAllDo(name, document, exitCode);
    }

    /// <summary>Which servers; then how it ended, or what is written as it comes and how it ended after that.</summary>
    private static void BeginsAsAllDo(string name, JsonObject document, int exitCode)
    {
        List<string> names = [.. document.Select(property => property.Key)];
        Assert.Equal("servers", names[0]);
        Assert.Contains(document["outcome"]!.GetValue<string>(), Outcomes);
        Assert.Equal(exitCode, document["exitCode"]!.GetValue<int>());
        Assert.Equal(System.Text.Json.JsonValueKind.Array, document["problems"]!.GetValueKind());
        var head = names.IndexOf("outcome");
        Assert.Equal(["outcome", "exitCode", "problems"], names.Skip(head).Take(3));
        var written = string.Join(' ', names.Take(head));
        Assert.True(written is "servers" or "servers run steps" or "servers targets", $"{name}: {written}");
    }

    private static async Task<IEnumerable<string>> VerbsAsync()
    {
        using var host = HostProcess.Start(["--help"]);
        var verbs = (await host.EndAsync()).Output.Split("\n\n")[1];
        return VerbInHelp().Matches(verbs).Select(match => match.Groups[1].Value).Order();
    }

    /// <summary>After what they are for, with commas between them.</summary>
    [GeneratedRegex(@"(?:   |, )(\w+)")]
    private static partial Regex VerbInHelp();
}
