using System.Diagnostics;

namespace PluginUpgrade;

/// <summary>
/// Labels for the fault tests: points where the process can be made to end, and values that a seeded defect changes. In the released
/// program, the compiler leaves out every call. The faults themselves are in tests/FaultyHost, which is built from the same sources and is
/// the only project that defines FAULTS.
/// </summary>
internal static partial class SeededFault
{
    /// <summary>A point in the course of an upgrade. Does nothing by itself.</summary>
    /// <param name="around">Objects that a seeded defect needs here.</param>
    [Conditional("FAULTS")]
    public static void Point(string label, params object[] around) => Passed(label, around);

    /// <summary>A value that is about to be used.</summary>
    [Conditional("FAULTS")]
    public static void Change<T>(string label, ref T value) => Changed(label, ref value);

    static partial void Passed(string label, object[] around);

    static partial void Changed<T>(string label, ref T value);
}
