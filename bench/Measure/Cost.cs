using System.Globalization;

namespace PluginUpgrade.Measure;

/// <summary>What a program took besides time, as bench/Probe tells from inside it.</summary>
internal sealed record Cost(int Methods, double CompilingMilliseconds, long PeakKilobytes, IReadOnlyList<string> Assemblies)
{
    /// <summary>One more run; it is not among those whose time is taken.</summary>
    public static async Task<Cost> OfAsync(Contender contender)
    {
        var file = Path.GetTempFileName();
        await contender.RunAsync(("DOTNET_STARTUP_HOOKS", Built.Probe), ("KRANG_BENCH_PROBE", file));
        var lines = await File.ReadAllLinesAsync(file);
        File.Delete(file);
        return new Cost(
            int.Parse(lines[0], CultureInfo.InvariantCulture), double.Parse(lines[1], CultureInfo.InvariantCulture),
            long.Parse(lines[2], CultureInfo.InvariantCulture), lines[3..]);
    }

    public static async Task PrintAsync(params Contender[] contenders)
    {
        Console.WriteLine("| | assemblies loaded | methods compiled | time for it | peak memory |\n|---|---|---|---|---|");
        foreach (var contender in contenders)
        {
            var (methods, compiling, peak, assemblies) = await OfAsync(contender);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {contender.Name} | {assemblies.Count} | {methods} | {compiling:0} ms | {peak / 1024} MiB |"));
        }
        Console.WriteLine();
    }
}
