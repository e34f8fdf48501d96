using PluginUpgrade.Databases;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>What can go wrong while a side-by-side upgrade runs: KU-8031 to KU-8040; KU-8030 is the action's own.</summary>
internal static class SwapProblem
{
    private const string Unchanged = "The live data is unchanged.";

    public static Problem NotFree(UpgradeStep step, string next) => new("KU-8031", $"{step}",
        $"The schema {next} exists and is not an earlier try of this module. {Unchanged}",
        $"Look into it; then rename it, or remove it: {NextCommand.Of($"purge {step.Target}")}");

    public static Problem NotDrained(UpgradeStep step, int calls) => new("KU-8032", $"{step}",
        $"The module's Drain was called {calls} times, and says that work is left. {Unchanged}",
        "Stop what adds work, or correct the module. Then run the same command.");

    public static Problem NotVerified(UpgradeStep step, IReadOnlyList<string> faults) => new("KU-8033", $"{step}",
        $"What was built must not become live: {string.Join(" Also: ", faults)} {Unchanged}",
        "Correct it, then run the same command.");

    public static Problem NotCarried(UpgradeStep step, IEnumerable<string> declared, IEnumerable<string> called) => new(
        "KU-8034", $"{step}",
        $"The class declares [Carries] for {Names(declared)}, but Build called Carry for {Names(called)}. {Unchanged}",
        "Correct the module: both must name the same tables.");

    public static Problem NotLocked(Target target, string schema, Blocker? blocker, IReadOnlyList<int> notAllowed) => new(
        "KU-8035", $"{target}",
        notAllowed.Count > 0
            ? $"Transactions read the schema {schema} first and then wait to write it. They hold locks that the exchange needs, so their "
                + "statements must be cancelled, and this role may not do that (server processes "
                + $"{Problem.Join([.. notAllowed.Select(pid => $"{pid}")])}). Nothing was exchanged."
            : $"The tables of the schema {schema} could not be locked within two minutes"
                + (blocker is null ? "." : $": {blocker} holds a lock.") + " Nothing was exchanged.",
        notAllowed.Count > 0
            ? "Grant pg_signal_backend to krang-upgrade's role, or stop these applications. Then run the same command."
            : "Wait until that session ends, or end it, then run the same command.");

    public static Problem OldSnapshot(UpgradeStep step, string sessions) => new("KU-8036", $"{step}",
        "Transactions that began before the build ended are still open, and would find the new tables empty: "
            + $"{sessions}. {Unchanged}",
        "Wait until they end, or end them. Then run the same command.");

    public static Problem Changed(UpgradeStep step, string schema) => new("KU-8037", $"{step}",
        $"Somebody changed the structure of the schema {schema} (tables, columns, functions, rights) since the build began. "
            + Unchanged,
        $"Find out who. Then run the same command after {NextCommand.Of($"purge {step.Target}")}");

    public static Problem NotCaughtUp(UpgradeStep step, int calls, TimeSpan last) => new("KU-8038", $"{step}",
        FormattableString.Invariant($"After {calls} calls, CatchUp still takes {last.TotalMilliseconds:F0} ms, and writers would wait for ")
            + $"that long. {Unchanged}",
        "Run it when less is written, make CatchUp faster, or let writers wait longer (Run:CatchUpWithin). Then run the same command.");

    public static Problem FenceLost(UpgradeStep step) => new("KU-8039", $"{step}",
        $"The module ended the transaction that keeps writers away. {Unchanged}",
        "Correct the module: Drain must not commit, roll back or begin a transaction.");

    public const string UnknownCode = "KU-8040";

    public static Problem Unknown(UpgradeStep step, string error) => new(UnknownCode, $"{step}",
        $"The connection was lost while the exchange was being committed ({error}), and the target could not be reached again to find "
            + "out whether it was. One of both is live, and complete.",
        "When the server can be reached, run the same command: it reads the result from the journal.");

    private static string Names(IEnumerable<string> names) => names.ToList() is { Count: > 0 } some ? Problem.Join(some) : "none";
}
