using System.Diagnostics;

namespace PluginUpgrade;

/// <summary>
/// What the fault suites are tried on: places at which the process can be made to end, and defects that can be put in, each of which a
/// suite must catch. In the program that users have there is none of it: only the build of tests/FaultyHost defines FAULTS.
/// </summary>
internal static class SeededFault
{
    /// <summary>Whether <c>KRANG_DEFECT</c> names it.</summary>
    public static bool Is(string defect) =>
#if FAULTS
        Environment.GetEnvironmentVariable("KRANG_DEFECT") == defect;

    private static readonly string? EndLabel = Environment.GetEnvironmentVariable("KRANG_END_LABEL");
    private static readonly int EndAt = int.Parse(Environment.GetEnvironmentVariable("KRANG_END_AT") ?? "0", null);
    private static int _passed;
#else
        false;
#endif

    /// <summary>
    /// The <c>KRANG_END_AT</c>-th of these that is passed (of those with the label <c>KRANG_END_LABEL</c>, where that is set) ends the
    /// process at once; its label is written to <c>KRANG_END_FILE</c>.
    /// </summary>
    [Conditional("FAULTS")]
    public static void Point(string label)
    {
#if FAULTS
        if (EndLabel is not null && EndLabel != label) return;
        if (Interlocked.Increment(ref _passed) != EndAt) return;
        File.WriteAllText(Environment.GetEnvironmentVariable("KRANG_END_FILE")!, label);
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
#endif
    }
}
