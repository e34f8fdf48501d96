using System.Globalization;

namespace PluginUpgrade.Measure;

/// <summary>Readings of one thing, in milliseconds.</summary>
internal sealed record Series(string Name, IReadOnlyList<double> Readings)
{
    public double Median => Readings.Order().ElementAt(Readings.Count / 2);

    /// <summary>The programs in turn, so that whatever else the machine does meets all alike; one round before does not count.</summary>
    public static async Task<IReadOnlyList<Series>> OfAsync(int rounds, params Contender[] contenders)
    {
        var readings = contenders.Select(_ => new List<double>()).ToList();
        for (var round = 0; round <= rounds; round++)
            for (var i = 0; i < contenders.Length; i++)
            {
                var (time, _, _) = await contenders[i].RunAsync();
                if (round > 0) readings[i].Add(time.TotalMilliseconds);
            }
        return [.. contenders.Select((contender, i) => new Series(contender.Name, readings[i]))];
    }

    /// <summary>A Markdown table; the last column compares medians with the first row's.</summary>
    public static void Print(IReadOnlyList<Series> all)
    {
        Console.WriteLine("| | min | median | max | to the first |\n|---|---|---|---|---|");
        foreach (var one in all)
        {
            var (min, max, ratio) = (one.Readings.Min(), one.Readings.Max(), one.Median / all[0].Median);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {one.Name} | {min:0} ms | {one.Median:0} ms | {max:0} ms | {ratio:0.00} |"));
        }
        Console.WriteLine();
    }
}
