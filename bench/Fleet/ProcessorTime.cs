using System.Globalization;

namespace PluginUpgrade.Bench;

/// <summary>
/// What a contender has used the processors for: beside its time, because a machine that others use too lengthens only that.
/// </summary>
/// <param name="Program">Seconds of the contender's own processes.</param>
/// <param name="Server">Seconds of the sessions that worked for it.</param>
internal sealed record ProcessorTime(double Program, double Server)
{
    private const double TicksOfASecond = 100;

    /// <summary>So far: of the ended children of this process, and of those of the server's first one.</summary>
    public static async Task<ProcessorTime> SoFarAsync(Server server)
    {
        await server.QuietAsync();
        return new ProcessorTime(OfEndedChildren("self"), OfEndedChildren($"{server.ProcessId}"));
    }

    public ProcessorTime Since(ProcessorTime before) => new(Program - before.Program, Server - before.Server);

    /// <summary>cutime and cstime, the 16th and 17th field: see proc(5). The second one is a name that may hold spaces.</summary>
    private static double OfEndedChildren(string process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[13..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksOfASecond;
    }
}
