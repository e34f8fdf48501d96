using System.Diagnostics;

namespace PluginUpgrade;

/// <summary>
/// Labels for what the fault suites are tried on: points at which the process can be made to end, and values that a defect changes. In the
/// program that users have every call is left out at compile time; what the labels lead to lies in tests/FaultyHost, which alone defines
/// FAULTS and is otherwise built from the same sources.
/// </summary>
internal static partial class SeededFault
{
    /// <summary>A point on the way of an upgrade. Nothing of its own happens here.</summary>
    /// <param name="around">What a defect needs to do something here.</param>
    [Conditional("FAULTS")]
    public static void Point(string label, params object[] around) => Passed(label, around);

    /// <summary>A value that is about to be used.</summary>
    [Conditional("FAULTS")]
    public static void Change<T>(string label, ref T value) => Changed(label, ref value);

    static partial void Passed(string label, object[] around);

    static partial void Changed<T>(string label, ref T value);
}
