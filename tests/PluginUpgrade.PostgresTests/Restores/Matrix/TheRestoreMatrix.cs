using System.Text.RegularExpressions;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores.Matrix;

/// <summary>
/// Save and restore are one promise. Whoever saves, whatever is saved, and whatever has become of it: it is restored to the same digest by
/// the same role, or refused with the code of the table below before anything changes. There is no third outcome. For every commit the
/// roles share the kinds of schemas among them, and half of those of whole databases; at night each role has each kind, and databases that
/// were lost.
/// </summary>
public abstract partial class TheRestoreMatrix(MatrixServer server, string role)
{
    private static readonly string[] Roles = ["superuser", "owner", "member"];

    private const string Plain = "owner, member", All = "superuser, owner, member";
    private const string Databases = "own, lost", Everywhere = "schema, own, lost";

    /// <summary>Every cell that is refused. What is refused at the restore alone is warned of at the save, with the same code.</summary>
    private static readonly (string Roles, string Scopes, string Kind, string Code, string When)[] Refused =
    [
        (Plain, Everywhere, "forced row security", "KU-7005", "save"),
        (Plain, Databases, "untrusted extension", "KU-7020", "restore"),
        (Plain, Everywhere, "foreign owner", "KU-7020", "restore"),
        (Plain, Everywhere, "foreign grantor", "KU-7020", "restore"),
        (Plain, Databases, "settings of a role", "KU-7020", "restore"),
        (Plain, Databases, "settings of superusers", "KU-7020", "restore"),
        (Plain, Databases, "publication of all", "KU-7020", "restore"),
        (Plain, Databases, "event trigger", "KU-7020", "restore"),
        (Plain, Databases, "public of a superuser", "KU-7020", "restore"),
        (All, "schema", "view elsewhere", "KU-7040", "restore"),
        (All, "schema", "event trigger", "KU-7040", "restore"),
        (All, "schema", "encoding SQL_ASCII", "KU-7028", "restore"),
        (All, "own", "slot", "KU-7026", "restore"),
        // Warned of at the save, and then the slot is gone with the database.
        (All, "lost", "slot", "KU-7026", "warning"),
    ];

    [Theory]
    [InlineData("schema")]
    [InlineData("own")]
    [NightlyData("lost")]
    public async Task E4_restores_to_an_equal_digest_or_is_refused_before_anything(string scope)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(await server.StartedAsync());
        var name = new NpgsqlConnectionStringBuilder(installation.Database).Database;
        await installation.ExecuteAsync($"GRANT ALL ON DATABASE {name} TO PUBLIC");
        if (role != "superuser") installation.Settings["Installation"]!["Database"] = $"{installation.Database};Username=matrix_{role}";
        var cells = Kinds(scope).Select(kind => new MatrixCell(installation, kind, role, scope)).ToList();
        await OnEachAsync(cells, cell => cell.MakeAsync());
        var saved = await DigestsAsync(cells);
        List<string> wrong = [];

        // At the save.
        foreach (var cell in cells.Where(cell => At(cell, "save") is not null))
            await RefusedAsync(cell, At(cell, "save")!, ["save", .. cell.Names]);
        var whole = cells.Where(cell => At(cell, "save") is null).ToList();
        var save = await installation.RunAsync(["save", .. whole.SelectMany(cell => cell.Names)]);
        Assert.True(save.ExitCode == 0, $"{save}");
        wrong.AddRange(whole.Where(cell => Warning(cell) is { } code && !IsWarned(save, cell, code))
            .Select(cell => $"{cell.Kind}: the save does not warn of it by {Warning(cell)}"));
        wrong.AddRange(whole.Where(cell => Warning(cell) is null && IsWarned(save, cell, "KU-7"))
            .Select(cell => $"{cell.Kind}: the save warns of it: {save.Error}"));

        // At the restore.
        await OnEachAsync(cells, cell => cell.SpoilAsync());
        var spoilt = await DigestsAsync([.. cells.Where(cell => At(cell, "save") is not null || At(cell, "restore") is not null)]);
        foreach (var cell in whole.Where(cell => At(cell, "restore") is not null))
        {
            await RefusedAsync(cell, At(cell, "restore")!, ["restore", .. cell.Names, "--dry-run"]);
            await RefusedAsync(cell, At(cell, "restore")!, ["restore", .. cell.Names, "--yes"]);
        }
        var restored = whole.Where(cell => At(cell, "restore") is null).ToList();
        HashSet<MatrixCell> failed = [];
        foreach (var group in restored.GroupBy(cell => cell.Kind.Options.Length > 0))
        {
            var result = await installation.RunAsync(["restore", .. group.SelectMany(cell => cell.Names), "--yes"]);
            if (result.ExitCode == 0) continue;
            wrong.Add($"{result}");
            failed.UnionWith(group);
        }
        var now = await DigestsAsync(cells);
        foreach (var cell in cells.Except(failed))
            if (now[cell] != (restored.Contains(cell) ? saved : spoilt)[cell]) wrong.Add($"{cell.Kind}: {Difference(cell)}");
        Assert.True(wrong.Count == 0, $"{role}, {scope}:\n{string.Join('\n', wrong)}");

        string? Warning(MatrixCell cell) => At(cell, "restore") ?? At(cell, "warning");

        string? At(MatrixCell cell, string when) => Refused.Where(one => one.When == when && one.Kind == cell.Kind.Name
            && one.Roles.Contains(role) && one.Scopes.Contains(scope)).Select(one => one.Code).SingleOrDefault();

        async Task RefusedAsync(MatrixCell cell, string code, string[] arguments)
        {
            var refused = await installation.RunAsync(arguments);
            if (refused.ExitCode != 2 || !Refusal.Codes(refused).Distinct().SequenceEqual([code]))
                wrong.Add($"{cell.Kind}: {arguments[0]} is not refused with {code}: {refused}");
        }

        string Difference(MatrixCell cell)
        {
            var (expected, actual) = ((restored.Contains(cell) ? saved : spoilt)[cell].Split('\n'), now[cell].Split('\n'));
            return "is not as it was:\n" + string.Join('\n', [.. expected.Except(actual).Take(8).Select(line => $"- {line}"),
                .. actual.Except(expected).Take(8).Select(line => $"+ {line}")]);
        }
    }

    private IEnumerable<RestoreKind> Kinds(string scope)
    {
        var (share, shares) = (Array.IndexOf(Roles, role), scope == "schema" ? Roles.Length : 2 * Roles.Length);
        return RestoreKind.All.Where((_, i) => Tier.IsNightly || i % shares == share);
    }

    private static bool IsWarned(HostResult save, MatrixCell cell, string code) => WarningLine().Matches(save.Error)
        .Any(line => line.Value.Contains($"warning {code}") && line.Groups["subjects"].Value.Split(", ").Intersect(cell.Names).Any());

    private static async Task<IReadOnlyDictionary<MatrixCell, string>> DigestsAsync(IReadOnlyList<MatrixCell> cells)
    {
        System.Collections.Concurrent.ConcurrentDictionary<MatrixCell, string> digests = [];
        await OnEachAsync(cells, async cell => digests[cell] = await cell.DigestAsync());
        return digests;
    }

    private static Task OnEachAsync(IReadOnlyList<MatrixCell> cells, Func<MatrixCell, Task> act) => Parallel.ForEachAsync(cells,
        new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
        async (cell, _) => await act(cell));

    [GeneratedRegex(@"(?m)^warning KU-\d+ (?<subjects>[^:]*):.*$")]
    private static partial Regex WarningLine();
}

public sealed class TheRestoreMatrixOfASuperuser(MatrixServer server) : TheRestoreMatrix(server, "superuser");

public sealed class TheRestoreMatrixOfTheOwner(MatrixServer server) : TheRestoreMatrix(server, "owner");

public sealed class TheRestoreMatrixOfAMember(MatrixServer server) : TheRestoreMatrix(server, "member");
