using System.Globalization;
using PluginUpgrade.Bench.Fleets;

namespace PluginUpgrade.Bench;

/// <summary>Figures as Markdown.</summary>
internal static class Table
{
    /// <summary>Our own readings, if there are any, come first; the last column compares our median with each other one.</summary>
    public static void Print(string title, int count, IReadOnlyList<Reading> readings)
    {
        Console.WriteLine($"### {title}\n");
        var how = readings[0].Times.Count == 1 ? "one reading of each" : $"{readings[0].Times.Count} readings of each";
        Console.WriteLine($"| {how} | min | median | max | each | ours to it | processors: program + server |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var reading in readings)
        {
            var (name, times, each) = (reading.Rival.Program.Name, reading.Times, reading.Median / count);
            var verdict = readings[0].Rival.Aim is null && reading.Rival.Aim is { } aim
                ? aim.Judge(readings[0].Median / reading.Median)
                : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {Seconds(times.Min())} | {Seconds(reading.Median)} | {Seconds(times.Max())} | {each:0.0} ms | {verdict} " +
                $"| {ProcessorsOf(reading)} |"));
        }
        Console.WriteLine();
    }

    private static string ProcessorsOf(Reading reading) => reading.Processors.Count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{reading.MedianOf(time => time.Program):0.0} + {reading.MedianOf(time => time.Server):0.0} s");

    /// <summary>A table for those with a transaction for each step, and one for those with one for each target.</summary>
    public static void PrintBoth(string title, string target, int count, IReadOnlyList<Reading> readings)
    {
        var ones = readings.ToLookup(reading => reading.Rival.Proof == Proof.JournalOfOne);
        Print($"{title}, each step a transaction", count, [.. ones[false]]);
        Print($"{title}, one transaction for each {target}", count, [.. ones[true]]);
    }

    public static string Seconds(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.00} s");

    public static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
