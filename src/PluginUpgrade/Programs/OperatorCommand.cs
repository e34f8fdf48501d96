namespace PluginUpgrade.Programs;

/// <summary>A command from the operator's settings, which gates and hooks run with the shell in the installation's root.</summary>
internal static class OperatorCommand
{
    public static ProgramCall Of(string command, TimeSpan limit, Guid run, string root) => new()
    {
        File = "/bin/sh",
        Arguments = ["-c", command],
        Environment = new Dictionary<string, string?> { ["KRANG_RUN"] = $"{run}", ["KRANG_ROOT"] = root },
        Directory = root,
        Timeout = limit,
    };

    /// <param name="said">The end of its output; empty if there is none.</param>
    public static string Fault(int exitCode, string said) =>
        $"The command ended with exit code {exitCode}.{(said.Length == 0 ? "" : $" It said: {said.TrimEnd().TrimEnd('.')}.")}";
}
