using System.CommandLine;
using System.Globalization;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>The journal, as people read it: oldest first.</summary>
public static class HistoryVerb
{
    private static readonly Column[] Columns =
    [
        new("WHEN"), new("TARGET"), new("VERSION"), new("MODULE", Drop: 2), new("STATE"), new("TOOK", Drop: 4), new("BY", Drop: 3),
        new("NOTE", Wraps: true),
    ];

    private static readonly InstanceFilterOptions InstanceFilter = new();

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("history", "Show what was done to each target, when, and by whom.") { SharedOptions.Instances };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, RunAsync);
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var state = await context.ReadAsync(choice);
        if (state.Problems.Count > 0) throw new UpgradeException(state.Problems);
        context.Output.NameServers();
        List<(Target Target, JournalRow Row)> entries = [];
        await foreach (var entry in new HistoryReader(state.Connection).ReadAsync(state.Targets.Skip(choice.OnlyInstances ? 1 : 0)))
            entries.Add(entry);
        entries.Sort((a, b) => a.Row.StartedAt.CompareTo(b.Row.StartedAt));
        if (context.Output.IsJson)
            context.Output.Json(new { ExitCode = 0, Entries = entries.Select(entry => Document(entry.Target, entry.Row)) });
        else if (entries.Count == 0) context.Output.WriteResult("Nothing is recorded.");
        else
            context.Output.Table(Columns, entries.Select(entry => Cells(entry.Target, entry.Row)));
        var troubles = state.Targets.SelectMany(one => one.Unreachable is { } why ? [why] : JournalCheck.Find(one));
        context.Output.Warn(troubles.Select(problem => problem with { Severity = Severity.Warning }));
        return 0;
    }

    private static string[] Cells(Target target, JournalRow row) =>
    [
        row.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        $"{target}",
        row.Component.Length > 0 ? $"{row.Component} {row.Version}" : $"{row.Version}",
        row.Module.Length > 0 ? row.Module : "-",
        row.State.ToString().ToLowerInvariant() + (row.ByHand ? " (by hand)" : ""),
        row.FinishedAt is { } finished
            ? string.Create(CultureInfo.InvariantCulture, $"{(finished - row.StartedAt).TotalSeconds:0.000} s")
            : "-",
        $"{row.By}{(row.By.Length > 0 ? "@" : "")}{row.Host} {row.RunId?.ToString("N")[^8..]}",
        string.Join("; ", new[] { row.Note, row.Error ?? "" }.Where(text => text.Length > 0)),
    ];

    private static object Document(Target target, JournalRow row) => new
    {
        Target = $"{target}",
        row.Scope,
        row.Component,
        row.Version,
        row.Module,
        row.Sha256,
        row.State,
        row.StartedAt,
        row.FinishedAt,
        row.RunId,
        row.Host,
        row.By,
        row.ByHand,
        row.Note,
        row.Error,
    };
}
