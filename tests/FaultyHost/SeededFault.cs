using System.Diagnostics;
using PluginUpgrade.Files;
using PluginUpgrade.Running;

namespace PluginUpgrade;

/// <summary>
/// What the labels in src/ lead to. The <c>KRANG_END_AT</c>-th point that is passed (of those with the label <c>KRANG_END_LABEL</c>, where
/// that is set) ends the process at once; its label is written to <c>KRANG_END_FILE</c>. <c>KRANG_DEFECT</c> names a defect, each of which
/// a suite must catch.
/// </summary>
internal static partial class SeededFault
{
    private static readonly string? Defect = Environment.GetEnvironmentVariable("KRANG_DEFECT");
    private static readonly string? EndLabel = Environment.GetEnvironmentVariable("KRANG_END_LABEL");
    private static readonly int EndAt = int.Parse(Environment.GetEnvironmentVariable("KRANG_END_AT") ?? "0", null);
    private static int _passed;

    static partial void Passed(string label, object[] around)
    {
        DoAsync(label, around).GetAwaiter().GetResult();
        if (EndLabel is not null && EndLabel != label) return;
        if (Interlocked.Increment(ref _passed) != EndAt) return;
        File.WriteAllText(Environment.GetEnvironmentVariable("KRANG_END_FILE")!, label);
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Defects that do something more.</summary>
    private static Task DoAsync(string label, object[] around) => (Defect, label) switch
    {
        ("forget files first", "step not committed") => ((UndoLog)around[1]).ForgetAsync(CancellationToken.None),
        ("journal in a second transaction", "step not committed") or ("cursor in a second transaction", "cursor not written") =>
            ((LaneSession)around[0]).ExecuteAsync("COMMIT; BEGIN", CancellationToken.None),
        _ => Task.CompletedTask,
    };

    static partial void Changed<T>(string label, ref T value)
    {
        if (Defect is not null) value = (T)Changed(label, value)!;
    }

    /// <summary>Defects that do something else.</summary>
    private static object? Changed(string label, object? value) => (Defect, label) switch
    {
        ("no lock", "lock of a session") => "$1 <> $2",
        ("no lock", "lock of a transaction") => "true OR $1 = $2",
        ("blocking lock", "lock of a session") => "pg_catalog.pg_advisory_lock($1, $2) IS NOT NULL",
        (_, "SQL of the journal") => Journal((string)value!),
        ("seal first", "step to seal") => null,
        ("believe in every COMMIT", "commit looked up") => true,
        ("believe in no COMMIT", "commit looked up") => false,
        ("no recovery of files", "undo logs may exist") => false,
        ("undo committed files", "files were committed") => false,
        ("no verification", "what an earlier try has left") => StepEffect.NotApplied,
        ("hold nothing back", "stage is held back") => false,
        ("no redaction", "known secrets") => Array.Empty<string>(),
        ("session as it was left", "reset of a session") => (IReadOnlyList<string>)["SET client_min_messages = warning"],
        ("session as it was left", "settings of a session") => "NULL",
        ("session as it was left", "statements are prepared") => false,
        _ => value,
    };

    private static string Journal(string sql) => Defect switch
    {
        "seal first" => sql.Replace("$5, 'running', $6", "$5, 'done', $6", StringComparison.Ordinal)
            .Replace("pg_current_xact_id() AND j.state = 'running'", "pg_current_xact_id()", StringComparison.Ordinal),
        "client's clock" => sql.Replace(
            "SET state = $4, finished_at = pg_catalog.clock_timestamp()", "SET state = $4, finished_at = now() + interval '1 day'",
            StringComparison.Ordinal),
        "seal without a guard" or "journal in a second transaction" => sql.Replace(
            "(pg_catalog.pg_current_xact_id() = $5::text::xid8)", "($5 = $5)", StringComparison.Ordinal),
        _ => sql,
    };
}
