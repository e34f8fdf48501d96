using System.CommandLine;
using System.Globalization;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Shows the journals for people, oldest entry first.</summary>
public static class HistoryVerb
{
    private static readonly Column[] Columns =
    [
        new("WHEN"), new("TARGET"), new("VERSION"), new("MODULE", Drop: 2), new("STATE"), new("TOOK", Drop: 4), new("BY", Drop: 3),
        new("NOTE", Wraps: true),
    ];

    /// <summary>The default limit for people. With --json the default is all entries.</summary>
    private const int Enough = 200;

    /// <summary>The accepted formats, including the one in which the history shows times.</summary>
    private static readonly string[] Dates =
    [
        .. from date in (string[])["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"]
           from zone in (string[])["", "zzz", "'Z'"]
           select date + zone,
    ];

    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<int?> Limit = new("--limit")
    {
        Description = $"Show only the newest N entries (default: {Enough}; with --json all).",
        HelpName = "N",
    };

    private static readonly Option<string> Since = new("--since")
    {
        Description = "Show only entries since then: a duration such as 2d, or a date such as 2026-11-20 (UTC).",
        HelpName = "WHEN",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("history", "Show what was done to each target, when, and by whom.")
        {
            SharedOptions.Instances, Limit, Since,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, RunAsync);
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var since = SinceOf(context);
        var limit = LimitOf(context);
        var state = await context.ReadAsync(choice);
        if (state.Problems.Count > 0) throw new UpgradeException(state.Problems);
        context.Output.NameServers();
        List<(Target Target, JournalRow Row)> entries = [];
        await foreach (var entry in new HistoryReader(state.Connection).ReadAsync(state.Targets.Skip(choice.OnlyInstances ? 1 : 0)))
            entries.Add(entry);
        entries.Sort((a, b) => a.Row.StartedAt.CompareTo(b.Row.StartedAt));
        var all = entries.Count;
        entries = [.. entries.Where(entry => since is null || entry.Row.StartedAt >= since).TakeLast(limit)];
        var omitted = all - entries.Count;
        var troubles = state.Targets.SelectMany(one => one.Unreachable is { } why ? [why] : JournalCheck.Find(one))
            .Select(problem => problem with { Severity = Severity.Warning }).ToList();
        if (context.Output.IsJson)
            context.Output.Json(Outcome.Done, 0, troubles,
                new { Entries = entries.Select(entry => Document(entry.Target, entry.Row)), Omitted = omitted });
        else if (entries.Count == 0 && omitted > 0) context.Output.WriteResult($"No entries since then; {Older(omitted)}.");
        else if (entries.Count == 0) context.Output.WriteResult("Nothing is recorded.");
        else
            context.Output.Table(Columns, entries.Select(entry => Cells(entry.Target, entry.Row)));
        if (entries.Count > 0 && omitted > 0)
            context.Output.WriteResult($"{Older(omitted)}. To show them: {NextCommand.Of($"history{choice.Words()} --limit {all}")}");
        context.Output.Warn(troubles);
        return 0;
    }

    private static string Older(int count) => $"{count} older {(count == 1 ? "entry is" : "entries are")} not shown";

    private static int LimitOf(VerbContext context)
    {
        if (context.Value(Limit) is not { } limit) return context.Output.IsJson ? int.MaxValue : Enough;
        if (limit < 1) context.Problems.Add(new Problem("KU-1133", $"--limit {limit}", "It is not a number above zero.",
            "Write how many entries to show, such as --limit 20."));
        return limit;
    }

    private static DateTimeOffset? SinceOf(VerbContext context)
    {
        if (context.Value(Since) is not { } text) return null;
        var now = TimeProvider.System.GetUtcNow();
        if (Quantity.TryDuration(text, out var ago)) return ago < now - DateTimeOffset.MinValue ? now - ago : DateTimeOffset.MinValue;
        // Only ISO formats: 11/12/2026 is ambiguous.
        if (DateTimeOffset.TryParseExact(
            text.Replace('T', ' '), Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)) return date;
        context.Problems.Add(new Problem("KU-1133", $"--since {text}", "It is neither a duration nor a date.",
            "Write a duration such as 2d or 12h, or a date such as 2026-11-20 or '2026-11-20 14:30'."));
        return null;
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
        string.Join("; ", ((string[])[row.Note == "baseline" ? "" : SliceNote.Shown(row.Note), row.Error ?? ""])
            .Where(text => text.Length > 0)),
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
