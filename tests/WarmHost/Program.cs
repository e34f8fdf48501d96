using System.Text.Json;
using PluginUpgrade;
using PluginUpgrade.Cli;

MachineCulture.Take();

// The program's own command line, many times in one process: for suites that cut connections a thousand times, and need no process of
// their own for each. A line of standard input is the arguments of one run, as a JSON array; a line of standard output is its end.
var (lines, answers) = (Console.In, Console.Out);
while (await lines.ReadLineAsync() is { } line)
{
    using var output = new StringWriter();
    using var error = new StringWriter();
    Console.SetOut(output);
    Console.SetError(error);
    var exitCode = await CommandLine.RunAsync(JsonSerializer.Deserialize<string[]>(line)!);
    await answers.WriteLineAsync(JsonSerializer.Serialize(new { exitCode, output = $"{output}", error = $"{error}" }));
    await answers.FlushAsync();
}
