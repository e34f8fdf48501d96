using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Rivals;

/// <summary>A program with its work on a fleet.</summary>
/// <param name="Proof">What must be true of each target afterwards.</param>
/// <param name="Aim">What our time may be of this one's; null for our own.</param>
internal sealed record Rival(Contender Program, Proof Proof, Aim? Aim = null)
{
    public (string Name, string Value)[] Environment { get; init; } = [];

    /// <summary>
    /// Those whose names hold one of the words in KRANG_BENCH_RIVALS, apart by commas; all where it is not set. With KRANG_BENCH_BEFORE,
    /// the program of another build, each of our own is followed by that one.
    /// </summary>
    public static List<Rival> Chosen(IEnumerable<Rival> rivals)
    {
        var words = System.Environment.GetEnvironmentVariable("KRANG_BENCH_RIVALS")?.Split(',') ?? [""];
        var before = System.Environment.GetEnvironmentVariable("KRANG_BENCH_BEFORE");
        return
        [
            .. rivals.Where(rival => rival.Aim is null || words.Any(word => rival.Program.Name.Contains(word, StringComparison.Ordinal)))
                .SelectMany(rival => rival.Aim is not null || before is null ? [rival] : new[] { rival, rival.BuiltAs(before) }),
        ];
    }

    private Rival BuiltAs(string program) =>
        this with { Program = Program with { Name = $"{Program.Name}, before", Program = program }, Aim = new Aim(1) };

    /// <summary>One process for each database, four at a time.</summary>
    /// <param name="command">With <c>{}</c> for the database's name.</param>
    public static Contender UnderXargs(string name, DatabaseFleet fleet, params string[] command) =>
        new($"{name}, `xargs -P4`", "xargs", ["-a", fleet.Names, "-P4", "-I{}", .. command]);

    /// <summary>Milliseconds.</summary>
    public async Task<double> RunAsync() => (await MeasureAsync()).Time;

    /// <summary>Milliseconds, and the most kilobytes that it had resident.</summary>
    public async Task<(double Time, long Peak)> MeasureAsync()
    {
        var (time, _, peak) = await Program.RunAsync(Environment);
        return (time.TotalMilliseconds, peak);
    }
}

/// <summary>A limit of the ratio of our median to another one.</summary>
internal sealed record Aim(double Limit, bool Included = true)
{
    public static Aim Faster { get; } = new(1, Included: false);

    public bool IsMetBy(double ratio) => Included ? Math.Round(ratio, 2) <= Limit : ratio < Limit;

    public override string ToString() => FormattableString.Invariant($"{(Included ? '≤' : '<')} {Limit:0.00}");

    /// <summary>As the table's cell.</summary>
    public string Judge(double ratio) => FormattableString.Invariant(
        IsMetBy(ratio) ? (FormattableString)$"{ratio:0.00} (aim {this})" : $"**{ratio:0.00}, aim {this} missed**");
}
