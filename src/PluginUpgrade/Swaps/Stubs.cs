using Npgsql;

namespace PluginUpgrade.Swaps;

internal sealed record BuildFindings(
    IReadOnlyList<string> Problems, IReadOnlyList<(string, long, long)> Counts, IReadOnlyList<string> Statements);

internal static class BuildCheck
{
    public static Task<BuildFindings> ReadAsync(
        NpgsqlConnection c, string live, string next, IReadOnlyList<string> carried, CancellationToken t) =>
        Task.FromResult(new BuildFindings([], [], []));
}
