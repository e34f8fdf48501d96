using System.Globalization;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>What is kept of one target.</summary>
public readonly record struct KeptOf(Target Target, KeptSchema Kept);

/// <summary>Shows what side-by-side upgrades have kept.</summary>
public static class KeptList
{
    private static readonly Column[] Columns =
        [new("TARGET"), new("KEPT"), new("VERSION"), new("SIZE"), new("SINCE"), new("WHAT", Wraps: true)];

    public static IEnumerable<KeptOf> Of(IEnumerable<TargetState> states) =>
        states.SelectMany(state => state.Kept.Select(kept => new KeptOf(state.Target, kept)));

    public static void Print(Output output, IReadOnlyList<KeptOf> kept) => output.Table(Columns, kept.Select(one => (string[])
    [
        $"{one.Target}", one.Kept.Name, one.Kept.Note?.Version ?? "-", Size(one.Kept), Since(one.Kept), What(one.Kept),
    ]));

    /// <summary>What is kept, and the commands for it.</summary>
    /// <param name="isSummary">Whether only to count it.</param>
    public static void PrintWithCommands(Output output, IReadOnlyList<KeptOf> kept, bool isSummary)
    {
        if (kept.Count == 0) return;
        var ours = kept.Where(one => one.Kept.IsOurs).Select(one => one.Target.Name).Distinct().ToList();
        var back = kept.Where(one => one.Kept is { Place: KeptPlace.Before, Note.Kind: KeptKind.Before })
            .Select(one => one.Target.Name).ToList();
        output.WriteResult("");
        output.WriteResult($"Kept of side-by-side upgrades: {Total(kept)}{(isSummary ? "" : ":")}");
        if (!isSummary) Print(output, kept);
        if (back.Count > 0) output.WriteResult($"To go back: {NextCommand.Of($"rollback {Names(back, "--help")}")}");
        if (ours.Count > 0) output.WriteResult($"To remove what is kept: {NextCommand.Of($"purge {Names(ours, "--all")}")}");
    }

    /// <summary>As in <c>2 schemas, 1 database, 12.3 MB</c>.</summary>
    public static string Total(IReadOnlyList<KeptOf> kept) => string.Join(", ", kept.GroupBy(one => one.Target.OwnDatabase)
            .OrderBy(kind => kind.Key).Select(kind => Words.Count(kind.Count(), kind.Key ? "database" : "schema"))) +
        (kept.All(one => one.Kept.Bytes is not null) ? $", {Quantity.Size(kept.Sum(one => one.Kept.Bytes!.Value))}" : "");

    private static string Names(List<string> names, string many) => names.Count <= 4 ? string.Join(' ', names) : many;

    public static string Line(KeptOf one) => one.Kept.Note is { } note
        ? $"{one.Target}: {one.Kept.Name}, {note.Version}, {Size(one.Kept)}, {Since(one.Kept)}: {What(one.Kept)}"
        : $"{one.Target}: {one.Kept.Name}, {Size(one.Kept)}: {What(one.Kept)}";

    public static object Document(KeptOf one) => new
    {
        one.Kept.Name,
        one.Kept.Place,
        Ours = one.Kept.IsOurs,
        one.Kept.Note?.Version,
        one.Kept.Note?.Other,
        one.Kept.Note?.Component,
        one.Kept.Note?.At,
        Reason = one.Kept.Note is { Reason.Length: > 0 } note ? note.Reason : null,
        one.Kept.Bytes,
    };

    private static string Size(KeptSchema kept) => kept.Bytes is { } bytes ? Quantity.Size(bytes) : "size unknown";

    /// <summary>In the largest unit of which there is at least one.</summary>
    private static string Since(KeptSchema kept)
    {
        if (kept.Note is not { } note) return "-";
        var age = TimeProvider.System.GetUtcNow() - note.At;
        var (count, unit) = age.TotalDays >= 1 ? (age.TotalDays, "d") : age.TotalHours >= 1 ? (age.TotalHours, "h")
            : (Math.Max(0, age.TotalMinutes), "m");
        return string.Create(CultureInfo.InvariantCulture, $"{(long)count}{unit} ago");
    }

    private static string What(KeptSchema kept) => kept switch
    {
        { Note: { Kind: KeptKind.Before } note } => $"live before {note.Other}",
        { Note: { } note } => note.Reason,
        { Place: KeptPlace.Next, HasJournal: true } => "an unfinished build",
        _ => "not made by krang-upgrade",
    };
}
